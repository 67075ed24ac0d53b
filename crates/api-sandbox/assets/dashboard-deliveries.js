// Deliveries of events to webhooks, with all attempts.

import { bodyView, headerTable } from "./dashboard-body.js";
import { send } from "./dashboard-control.js";
import { button, element, link } from "./dashboard-element.js";
import { counted, dateAndTime, reason, statusClass } from "./dashboard-format.js";
import { RowList } from "./dashboard-list.js";
import { openableRow, permalink, timeCell, vendorMark } from "./dashboard-row.js";

/** Largest number of attempts in a row; all are in its details. */
const MAX_ATTEMPTS = 5;
/** Largest number of older deliveries that a link leads to. */
const MAX_OLDER = 500;
/** Time for which a message above the list is shown. */
const MESSAGE_MILLISECONDS = 10_000;

function outcome(delivery) {
  const last = delivery.attempts.at(-1);
  const detail = last ? String(last.status ?? words(last.failure)) : "";
  if (delivery.delivered) return ["2xx", "delivered", detail];
  if (delivery.in_progress) return ["pending", "in progress", detail];
  if (delivery.retry_at) return ["fault", detail || "waiting", `again ${dateAndTime(delivery.retry_at).time}`];
  return ["5xx", "failed", detail];
}

/** Returns `true` if a replay of all that failed takes this one in. */
function hasFailed(delivery) {
  return !delivery.delivered && !delivery.in_progress;
}

function words(failure) {
  return (failure ?? "").replaceAll("_", " ");
}

function heading(delivery) {
  const [style, text, detail] = outcome(delivery);
  const what = element(
    "span",
    { class: "what" },
    element("b", {}, delivery.event),
    element("small", {}, vendorMark(delivery.vendor), delivery.url),
  );
  return [
    timeCell(delivery.time),
    what,
    element("span", { class: "status", "data-class": style }, text, element("small", {}, detail)),
  ];
}

function attemptLine(attempt, mark) {
  const failed = attempt.status === null;
  const text = failed ? words(attempt.failure) : `${attempt.status} ${reason(attempt.status)}`;
  return element(
    "li",
    {},
    mark,
    element("time", { datetime: attempt.time, title: attempt.time }, dateAndTime(attempt.time).time),
    element("span", { class: "status", "data-class": failed ? "5xx" : statusClass(attempt.status) }, text),
    attempt.replay ? element("span", { class: "mark" }, "replay") : undefined,
  );
}

function attemptLines(delivery) {
  const { attempts } = delivery;
  const earlier =
    attempts.length > MAX_ATTEMPTS ? element("li", { class: "muted" }, "earlier attempts in the details") : undefined;
  return [earlier, ...attempts.slice(-MAX_ATTEMPTS).map((attempt) => attemptLine(attempt))].filter(Boolean);
}

function answers(delivery) {
  return delivery.attempts.map((attempt, index) =>
    element(
      "section",
      { class: "answer" },
      element("ol", { class: "attempts" }, attemptLine(attempt, element("span", { class: "muted" }, `${index + 1}.`))),
      headerTable("Headers", attempt.headers),
      attempt.body ? bodyView("Body", attempt.body) : undefined,
    ),
  );
}

/** Loads a delivery, with its URL as in a row. `hasWholeUrl` tells that nothing of the URL is masked. */
async function load(id) {
  const { url, masked_url, ...delivery } = await send("GET", `/sandbox/deliveries/${id}`);
  return { ...delivery, url: masked_url, hasWholeUrl: url === masked_url };
}

/** Creates the details. What has the focus stays when an attempt is added. */
function createDetails(id) {
  const message = element("p", { class: "message", role: "status" });
  const replay = button("Replay", "secondary", async () => {
    replay.disabled = true;
    message.classList.remove("error");
    try {
      await send("POST", `/sandbox/deliveries/${id}/replay`);
      message.textContent = "Sent again.";
    } catch (error) {
      message.textContent = error.message;
      message.classList.add("error");
    }
    replay.disabled = false;
    replay.focus({ preventScroll: true });
  });
  const to = element("p", { class: "address-line" });
  const sent = element("div");
  const received = element("div", { class: "answers" });
  let shown = false;
  return {
    parts: [
      element("div", { class: "group" }, permalink("delivery", id), replay),
      message,
      to,
      sent,
      element("h3", {}, "Answers of the receiver"),
      received,
    ],
    update(delivery) {
      if (!shown) {
        shown = true;
        to.replaceChildren("to ", delivery.hasWholeUrl ? link(delivery.url) : delivery.url);
        sent.replaceChildren(
          bodyView("Event", typeof delivery.body === "string" ? delivery.body : JSON.stringify(delivery.body)),
        );
      }
      received.replaceChildren(...answers(delivery));
      if (delivery.attempts.length === 0) received.append(element("p", { class: "muted" }, "None yet."));
    },
  };
}

function createRow(delivery) {
  const { id } = delivery;
  const attempts = element("ol", { class: "attempts", "aria-label": "Attempts" }, ...attemptLines(delivery));
  let parts;
  const row = openableRow("delivery", id, {
    heading: heading(delivery),
    always: attempts,
    load: () => load(id),
    draw(details, whole) {
      drawOutcome(whole);
      if (!parts || parts.parts[0].parentNode !== details) {
        parts = createDetails(id);
        details.replaceChildren(...parts.parts);
      }
      parts.update(whole);
    },
  });
  const drawOutcome = (changed) => {
    row.element.firstElementChild.replaceChildren(...heading(changed));
    attempts.replaceChildren(...attemptLines(changed));
    row.element.toggleAttribute("data-failed", hasFailed(changed));
  };
  row.element.toggleAttribute("data-failed", hasFailed(delivery));
  row.update = (changed) => {
    drawOutcome(changed);
    if (row.opened) row.reload();
  };
  return row;
}

/** Shows deliveries in their list. */
export function showDeliveries() {
  const list = new RowList({
    name: "deliveries",
    createRow,
    older: (id) => `/sandbox/deliveries?after=${Math.max(0, id - MAX_OLDER - 1)}&limit=${MAX_OLDER}`,
  });
  const problem = document.getElementById("deliveries-problem");
  let passing;
  const say = (text) => {
    clearTimeout(passing);
    problem.textContent = text;
    problem.hidden = false;
    passing = setTimeout(() => (problem.hidden = true), MESSAGE_MILLISECONDS);
  };
  document.getElementById("replay-failed").addEventListener("click", async () => {
    try {
      const { replayed } = await send("POST", "/sandbox/deliveries/replay", { failed: true });
      say(
        replayed.length === 0
          ? "No delivery has failed."
          : `${counted(replayed.length, "delivery", "deliveries")} sent again.`,
      );
    } catch (error) {
      say(error.message);
    }
  });
  return {
    list,
    /** Opens a delivery, also one that is no longer in the list. */
    async open(id) {
      problem.hidden = true;
      try {
        const row = list.row(id) ?? list.show(await load(id));
        row.open();
        row.element.scrollIntoView({ block: "nearest" });
      } catch (error) {
        say(error.message);
      }
    },
  };
}
