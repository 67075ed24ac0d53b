// Fault rules: those in force with their hits, and new ones.

import { act, onSubmit, send } from "./dashboard-control.js";
import { element } from "./dashboard-element.js";
import { counted, faultText } from "./dashboard-format.js";

/** Keys in JSON of each field of the form that is of some kinds only. */
const NUMBERS = ["status", "seconds", "milliseconds", "pieces"];

function fault(form) {
  const kind = form.elements.kind.value;
  const made = { kind };
  for (const field of form.querySelectorAll("[name][data-kinds]")) {
    if (!field.dataset.kinds.split(" ").includes(kind)) continue;
    made[field.name] = NUMBERS.includes(field.name) ? Number(field.value) : field.value;
  }
  if (kind === "too_many_requests") made.hint = "retry_after_seconds";
  return made;
}

function ruleLine(rule) {
  const limits = [
    rule.operation ?? "any operation",
    rule.path_contains && `path has ${rule.path_contains}`,
    rule.account && `account ${rule.account}`,
  ];
  const frequency =
    rule.probability === undefined ? `next ${counted(rule.next, "call")}` : `probability ${rule.probability}`;
  return element(
    "li",
    { class: rule.spent ? "spent" : undefined },
    element(
      "div",
      { class: "item" },
      element("span", { class: "name" }, rule.faults.map(faultText).join(", ")),
      element("span", { class: "count" }, counted(rule.hits ?? 0, "hit")),
    ),
    element("p", { class: "muted" }, [...limits, rule.spent ? "spent" : frequency].filter(Boolean).join(" · ")),
  );
}

/** Adds and clears rules by the form. Returns the function that shows the rules. */
export function showFaults() {
  const form = document.getElementById("add-fault");
  const list = document.getElementById("faults");
  const showFields = () => {
    for (const field of form.querySelectorAll("[data-kinds]")) {
      field.hidden = !field.dataset.kinds.split(" ").includes(form.elements.kind.value);
      // A wrong value that nobody sees would keep the form from being sent.
      field.disabled = field.hidden;
    }
  };
  form.elements.kind.addEventListener("change", showFields);
  showFields();
  form.elements.frequency.addEventListener("change", () => {
    form.elements.amount.value = form.elements.frequency.value === "next" ? "1" : "0.3";
  });
  onSubmit(form, async (fields) => {
    const rule = { faults: [fault(form)], [fields.get("frequency")]: Number(fields.get("amount")) };
    if (fields.get("operation").trim()) rule.operation = fields.get("operation").trim();
    await send("POST", "/sandbox/faults", rule);
    return "Added.";
  });
  document.getElementById("clear-faults").addEventListener("click", () =>
    act(form, async () => {
      await send("DELETE", "/sandbox/faults");
      return "Cleared.";
    }),
  );
  return (rules) => {
    const none = element("li", { class: "muted" }, "None: every call is handled as the vendor does.");
    list.replaceChildren(...(rules.length === 0 ? [none] : rules.map(ruleLine)));
  };
}
