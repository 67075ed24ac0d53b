// Events on demand.

import { onSubmit, send } from "./dashboard-control.js";
import { element } from "./dashboard-element.js";
import { counted } from "./dashboard-format.js";

function parseOverrides(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`“Set” is no JSON: ${error.message}; write {"/signers/0/name": "Bruno"}`);
  }
}

/** Fills the list of events, and triggers one by the form. */
export async function showTrigger() {
  const form = document.getElementById("trigger");
  document.getElementById("use-inbox").addEventListener("click", () => {
    form.elements.url.value = `${location.origin}/sandbox/inbox/demo`;
    form.elements.url.focus();
  });
  onSubmit(form, async (fields) => {
    const event = fields.get("event");
    const trigger = {};
    if (fields.get("url").trim()) trigger.url = fields.get("url").trim();
    if (fields.get("set").trim()) trigger.set = parseOverrides(fields.get("set"));
    if (fields.has("unchecked")) trigger.unchecked = true;
    const { deliveries } = await send("POST", `/sandbox/events/${encodeURIComponent(event)}`, trigger);
    return `${event}: ${counted(deliveries, "delivery", "deliveries")} on the way.`;
  });

  try {
    const events = await send("GET", "/sandbox/events");
    const groups = Map.groupBy ? Map.groupBy(events, ({ vendor }) => vendor) : new Map([["events", events]]);
    for (const [vendor, ofVendor] of groups) {
      const options = ofVendor.map(({ event }) => element("option", {}, event));
      form.elements.event.append(element("optgroup", { label: vendor }, ...options));
    }
  } catch (error) {
    form.querySelector(".message").textContent = error.message;
  }
}
