// Connection to the sandbox: one stream of events while the page is seen, resumed after the last one that came.

const RETRY_MILLISECONDS = 3000;

/** Stream of the sandbox's events, with the state of the connection in a status line. */
export class Stream {
  #line;
  #handlers;
  #query = "";
  #source;
  #retry;
  /** Id of the last event, from which the stream goes on. */
  #last;

  /** Takes the status line, and for each name of an event the function that gets its data. */
  constructor(line, handlers) {
    this.#line = line;
    this.#handlers = handlers;
    document.addEventListener("visibilitychange", () => this.#connect());
  }

  /** Opens the stream with a filter, in place of the one before. */
  open(query) {
    this.#query = query;
    this.#last = undefined;
    this.#connect();
  }

  #connect() {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = undefined;
    // A browser has six connections to an address, which the streams of tabs in the background would take up.
    if (document.hidden) return;
    const resumed = new URLSearchParams(this.#query);
    if (this.#last) resumed.set("last_event_id", this.#last);
    const source = new EventSource(`/sandbox/stream?${resumed}`);
    this.#source = source;
    source.addEventListener("open", () => this.#say("live", "Live"));
    source.addEventListener("error", () => {
      if (this.#source !== source) return;
      this.#say("lost", "No connection. Trying again…");
      // The browser tries again by itself, unless the answer was not a stream.
      if (source.readyState === EventSource.CLOSED)
        this.#retry = setTimeout(() => this.#connect(), RETRY_MILLISECONDS);
    });
    for (const [name, handle] of Object.entries(this.#handlers)) {
      source.addEventListener(name, (event) => {
        if (this.#source !== source) return;
        this.#last = event.lastEventId;
        handle(JSON.parse(event.data));
      });
    }
  }

  #say(state, text) {
    this.#line.dataset.state = state;
    if (this.#line.textContent !== text) this.#line.textContent = text;
  }
}
