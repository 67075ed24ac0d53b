// The sandbox's clock.

import { act, onSubmit, send } from "./dashboard-control.js";
import { element } from "./dashboard-element.js";
import { timeText } from "./dashboard-format.js";

/** Difference between the sandbox's clock and the browser's time since the page was opened, in milliseconds. */
let offset;

function tick() {
  if (offset === undefined) return;
  const now = new Date(offset + performance.now());
  const shown = document.getElementById("now");
  const [date, time] = now.toISOString().slice(0, 19).split("T");
  shown.dateTime = now.toISOString();
  shown.replaceChildren(element("span", { class: "date" }, `${date} `), `${time} UTC`);
  document.getElementById("clock-now").textContent = `${date} ${time} UTC`;
}
setInterval(tick, 1000);

/** Lets the clock run from a time on. */
export function runClock(now) {
  offset = Date.parse(now) - performance.now();
  tick();
}

/** Moves the clock by the forms. */
export function moveClock() {
  const advance = document.getElementById("advance");
  const move = async (body) => {
    const { now } = await send("POST", "/sandbox/clock", body);
    runClock(now);
    return `It is ${timeText(now)}.`;
  };
  onSubmit(advance, (fields) => move({ advance: fields.get("advance").trim() }));
  onSubmit(document.getElementById("set-clock"), (fields) => move({ set: fields.get("time").trim() }));
  for (const button of document.querySelectorAll("[data-advance]")) {
    button.addEventListener("click", () => act(advance, () => move({ advance: button.dataset.advance })));
  }
}
