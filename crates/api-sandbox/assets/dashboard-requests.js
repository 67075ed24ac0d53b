// Requests, with their answers.

import { bodyView, headerTable } from "./dashboard-body.js";
import { send } from "./dashboard-control.js";
import { copyButton, element } from "./dashboard-element.js";
import { bytes, faultText, reason, statusClass } from "./dashboard-format.js";
import { RowList } from "./dashboard-list.js";
import { openableRow, permalink, timeCell, vendorMark } from "./dashboard-row.js";

/** Largest number of older requests that a link leads to: all of them may have a hundred megabytes. */
const MAX_OLDER = 500;

function statusCell(request) {
  const status = request.client_status;
  if (status) {
    return element(
      "span",
      { class: "status", "data-class": statusClass(status) },
      String(status),
      element("small", {}, reason(status)),
    );
  }
  let [style, text] = ["pending", "pending"];
  if (request.fault?.kind === "reset") [style, text] = ["fault", "no answer"];
  if (request.cancelled) [style, text] = ["fault", "cancelled"];
  return element("span", { class: "status", "data-class": style }, "–", element("small", {}, text));
}

function heading(request) {
  const what = element(
    "span",
    { class: "what" },
    request.operation ? element("b", {}, request.operation) : element("b", { class: "muted" }, "no operation"),
    request.fault ? element("span", { class: "fault" }, `fault: ${faultText(request.fault)}`) : undefined,
    element(
      "small",
      {},
      vendorMark(request.vendor),
      element("span", { class: "method" }, request.method),
      ` ${request.uri}`,
    ),
  );
  return [timeCell(request.time), what, statusCell(request)];
}

function drawDetails(details, request, showAll) {
  const parts = [];
  const command = element("pre", { tabindex: 0, "aria-label": "curl command", hidden: true }, request.curl ?? "");
  const copy = copyButton("Copy as curl", request.curl ?? "", () => {
    command.hidden = false;
    getSelection().selectAllChildren(command);
  });
  parts.push(
    element("div", { class: "group" }, permalink("request", request.number), request.curl ? copy : undefined),
    command,
  );
  parts.push(
    element("p", { class: "address-line" }, element("span", { class: "method" }, request.method), ` ${request.uri}`),
  );
  parts.push(
    headerTable("Request headers", request.headers),
    body("Request body", request, request.request_bytes, showAll),
  );
  if (request.answer) {
    const { answer } = request;
    const faulted = answer.faulted
      ? element("span", { class: "fault" }, `lost or changed by ${faultText(request.fault)}`)
      : undefined;
    parts.push(element("h3", {}, `Answer ${answer.status} ${reason(answer.status)}`, faulted));
    parts.push(
      headerTable("Answer headers", answer.headers),
      body("Answer body", answer, request.response_bytes, showAll),
    );
  } else {
    parts.push(element("h3", {}, "Answer"), element("p", { class: "muted" }, whyNone(request)));
  }
  details.replaceChildren(...parts.filter(Boolean));
}

function whyNone({ cancelled, fault }) {
  if (cancelled) return "None: the client closed the connection before there was one.";
  if (!fault || fault.kind === "delay") return "None yet.";
  return `The call met the fault ${faultText(fault)} before its handler.`;
}

function body(label, { body: text, body_base64: isBinary, body_truncated: isCut }, size, showAll) {
  const title = isBinary ? `${label}, base64` : label;
  return bodyView(title, text, isCut ? { notice: `Cut after 64 KiB of ${bytes(size ?? 0)}.`, showAll } : {});
}

function createRow({ number, ...request }) {
  const row = openableRow("request", number, {
    heading: heading(request),
    load: (full) => send("GET", full ? `/sandbox/requests/${number}?full=true` : `/sandbox/requests/${number}`),
    draw(details, loaded) {
      drawHeading(loaded);
      drawDetails(details, loaded, () => row.reload({ full: true }));
    },
  });
  const drawHeading = (changed) => row.element.firstElementChild.replaceChildren(...heading(changed));
  row.update = (changed) => {
    drawHeading(changed);
    if (row.opened) row.reload();
  };
  return row;
}

/** Shows requests in their list. */
export function showRequests() {
  const list = new RowList({
    name: "requests",
    createRow,
    // With a filter, those before a number may be anywhere.
    older: (number, query) =>
      `/sandbox/requests?${query || `after=${Math.max(0, number - MAX_OLDER - 1)}`}&limit=${MAX_OLDER}`,
  });
  const problem = document.getElementById("requests-problem");
  return {
    list,
    /** Opens a request, also one that is no longer in the list. */
    async open(number) {
      problem.hidden = true;
      try {
        const row = list.row(number) ?? list.show(await send("GET", `/sandbox/requests/${number}`));
        row.open();
        row.element.scrollIntoView({ block: "nearest" });
      } catch (error) {
        problem.textContent = error.message;
        problem.hidden = false;
      }
    },
  };
}
