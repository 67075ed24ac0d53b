// Connection to the sandbox: one stream of events, resumed by the browser after the last one that came.

const RETRY_MILLISECONDS = 3000;

/** Stream of the sandbox's events, with the state of the connection in a status line. */
export class Stream {
  #line;
  #handlers;
  #source;
  #retry;

  /** Takes the status line, and for each name of an event the function that gets its data. */
  constructor(line, handlers) {
    this.#line = line;
    this.#handlers = handlers;
  }

  /** Opens the stream with a filter, in place of the one before. */
  open(query) {
    clearTimeout(this.#retry);
    this.#source?.close();
    const source = new EventSource(`/sandbox/stream?${query}`);
    this.#source = source;
    source.addEventListener("open", () => this.#say("live", query ? "Live, filtered" : "Live"));
    source.addEventListener("error", () => {
      if (this.#source !== source) return;
      this.#say("lost", "Connection lost. Trying again…");
      // The browser tries again by itself, unless the answer was not a stream.
      if (source.readyState === EventSource.CLOSED) this.#retry = setTimeout(() => this.open(query), RETRY_MILLISECONDS);
    });
    for (const [name, handle] of Object.entries(this.#handlers)) {
      source.addEventListener(name, (event) => {
        if (this.#source === source) handle(JSON.parse(event.data));
      });
    }
  }

  #say(state, text) {
    this.#line.dataset.state = state;
    if (this.#line.textContent !== text) this.#line.textContent = text;
  }
}
