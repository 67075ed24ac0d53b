// State of each vendor: what there is of each kind, the newest first.

import { element, link } from "./dashboard-element.js";
import { counted, timeText } from "./dashboard-format.js";

const GOOD = ["signed", "running", "live", "active", "approved", "ready"];
const BAD = ["recusado", "rejeitou", "refused", "canceled", "deleted", "expirou"];
/** Fields that are times. */
const TIMES = ["created_at", "deadline"];

function statusMark(status) {
  const style = GOOD.includes(status) ? "2xx" : BAD.includes(status) ? "5xx" : "pending";
  return element("span", { class: "status", "data-class": style }, status);
}

function nameOf(item) {
  return item.name || item.company_name || item.url || item.phone_number || item.id || item.token || "unnamed";
}

/** Returns the name of a field or a kind in words, such as `WABA accounts`. */
function words(name) {
  return name.replaceAll("_", " ").replace(/\bwaba\b/, "WABA");
}

function capitalized(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Creates the text of a field. A time is shown as elsewhere on the page. */
function factText(key, text) {
  const isTime = TIMES.includes(key) && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text);
  return isTime ? element("time", { datetime: text, title: text }, timeText(text)) : text;
}

/** Creates the table of what else is known of an item. */
function facts(item, name) {
  const isShown = ([key, value]) =>
    !["name", "status", "sign_url", "signer_count"].includes(key) &&
    value &&
    typeof value !== "object" &&
    String(value) !== name;
  const rows = Object.entries(item)
    .filter(isShown)
    .map(([key, value]) =>
      element(
        "div",
        {},
        element("dt", {}, words(key)),
        element("dd", {}, factText(key, String(value))),
      ),
    );
  return rows.length > 0 ? element("dl", {}, ...rows) : undefined;
}

/** Creates the list of what belongs to an item, such as the signers of a document. */
function parts(items) {
  const lines = items.map((item) => (typeof item === "string" ? element("li", {}, item) : line(item)));
  return element("ul", { class: "items nested" }, ...lines);
}

function line(item) {
  const { sign_url: address, status } = item;
  const name = String(nameOf(item));
  const lists = Object.values(item).filter((value) => Array.isArray(value) && value.length > 0);
  return element(
    "li",
    {},
    element(
      "div",
      { class: "item" },
      element("span", { class: "name" }, name),
      status ? statusMark(String(status)) : undefined,
      address ? link(address, "Open signing page", `Open signing page of ${name}`) : undefined,
    ),
    facts(item, name),
    ...lists.map(parts),
    item.signer_count > item.signers?.length
      ? element("p", { class: "muted" }, `${counted(item.signer_count, "signer")} in all`)
      : undefined,
  );
}

/** Keeps the focus on a link when what is around it is drawn anew. */
function redraw(place, ...children) {
  const focused = place.contains(document.activeElement) ? document.activeElement.href : undefined;
  place.replaceChildren(...children);
  if (focused) [...place.querySelectorAll("a")].find((found) => found.href === focused)?.focus({ preventScroll: true });
}

/** Returns the function that shows a state. */
export function showState() {
  const place = document.getElementById("state");
  const kinds = new Map();
  let latest;
  let frame = 0;

  const draw = () => {
    frame = 0;
    for (const [vendor, ofVendor] of Object.entries(latest)) {
      for (const [kind, value] of Object.entries(ofVendor)) {
        // A vendor may have one of a kind only.
        const { count, latest: items } = Array.isArray(value?.latest) ? value : { count: 1, latest: [value ?? {}] };
        const key = `${vendor} ${kind}`;
        if (!kinds.has(key)) {
          if (kinds.size === 0) place.replaceChildren();
          const summary = element("summary");
          const list = element("ul", { class: "items" });
          // What is signed is looked for most.
          const isFirst = kind === "documents";
          const details = element("details", { open: isFirst }, summary, list);
          place.insertBefore(details, isFirst ? place.firstChild : null);
          kinds.set(key, { summary, list, text: "" });
        }
        const shown = kinds.get(key);
        const text = JSON.stringify([count, items]);
        if (text === shown.text) continue;
        shown.text = text;
        shown.summary.replaceChildren(
          element("span", {}, capitalized(words(kind))),
          element("span", { class: "vendor" }, vendor),
          element("span", { class: "count" }, String(count)),
        );
        const more =
          count > items.length
            ? [element("li", { class: "muted" }, `${counted(count - items.length, "older one")} not shown`)]
            : [];
        redraw(shown.list, ...items.map(line), ...more);
        if (count === 0) shown.list.append(element("li", { class: "muted" }, "none"));
      }
    }
  };
  return (state) => {
    latest = state;
    frame ||= requestAnimationFrame(draw);
  };
}
