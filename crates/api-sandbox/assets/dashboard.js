// Dashboard: one stream of the sandbox on one page. Each part of the page is a module of its own.

import { showBehaviors } from "./dashboard-behaviors.js";
import { moveClock, runClock } from "./dashboard-clock.js";
import { showDeliveries } from "./dashboard-deliveries.js";
import { showFaults } from "./dashboard-faults.js";
import { onFilter } from "./dashboard-filter.js";
import { pauseAll } from "./dashboard-list.js";
import { showRequests } from "./dashboard-requests.js";
import { askForReset } from "./dashboard-reset.js";
import { showState } from "./dashboard-state.js";
import { Stream } from "./dashboard-stream.js";
import { showTrigger } from "./dashboard-trigger.js";

// Behind a name or a port of a container, the sandbox's address is that of the page.
for (const place of document.querySelectorAll("[data-origin]")) place.textContent = location.origin;

const requests = showRequests();
const deliveries = showDeliveries();
const lists = [requests.list, deliveries.list];
const faults = showFaults();
const state = showState();
const behaviors = showBehaviors();

const pause = document.getElementById("pause");
function setPaused(paused) {
  pause.setAttribute("aria-pressed", paused);
  pauseAll(paused);
}

const stream = new Stream(document.getElementById("connection"), {
  request: (request) => requests.list.put(request),
  delivery: (delivery) => deliveries.list.put(delivery),
  faults,
  behaviors,
  state,
  clock: ({ now }) => runClock(now),
  reset: () => {
    for (const list of lists) list.clear();
  },
  skipped: (skipped) => {
    if (skipped.requests > 0) requests.list.skip();
    if (skipped.deliveries > 0) deliveries.list.skip();
  },
});

onFilter((query) => {
  for (const list of lists) list.clear(query);
  setPaused(false);
  stream.open(query);
});

moveClock();
showTrigger();
askForReset();

pause.addEventListener("click", () => setPaused(pause.getAttribute("aria-pressed") !== "true"));
document.getElementById("clear-view").addEventListener("click", () => {
  for (const list of lists) list.clearView();
});

// On a narrow screen, one part is shown at a time.
const views = document.querySelectorAll("[data-show]");
function show(view) {
  document.querySelector(".panes").dataset.view = view;
  for (const button of views) button.setAttribute("aria-pressed", button.dataset.show === view);
}
for (const button of views) button.addEventListener("click", () => show(button.dataset.show));

function followAddress() {
  const [, kind, number] = /^#(request|delivery)-(\d+)$/.exec(location.hash) ?? [];
  if (kind === "request") {
    show("requests");
    requests.open(Number(number));
  } else if (kind === "delivery") {
    show("deliveries");
    deliveries.open(Number(number));
  }
}
window.addEventListener("hashchange", followAddress);
followAddress();
