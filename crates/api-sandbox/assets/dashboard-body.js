// Body of a request, an answer or a delivery: pretty JSON or raw, cut or whole.

import { button, copyButton, element } from "./dashboard-element.js";

/** Indents JSON. Returns nothing for another text. */
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return undefined;
  }
}

/** Creates the view of a body. `notice` says that it is cut, and `showAll` loads the rest. */
export function bodyView(label, text, { notice, showAll } = {}) {
  if (!text && !notice) return element("p", { class: "muted nothing" }, `${label}: none`);
  const indented = pretty(text);
  const content = element("pre", { tabindex: 0, "aria-label": label }, indented ?? text);
  const bar = element("div", { class: "body-bar" }, element("h3", {}, label));
  if (indented !== undefined) {
    const raw = button("Raw", "quiet", () => {
      const isRaw = raw.getAttribute("aria-pressed") !== "true";
      raw.setAttribute("aria-pressed", isRaw);
      content.textContent = isRaw ? text : indented;
    });
    raw.setAttribute("aria-pressed", "false");
    bar.append(raw);
  }
  bar.append(copyButton("Copy", () => content.textContent));
  const view = element("div", { class: "body" }, bar, content);
  if (notice) {
    const cut = element("p", { class: "cut" }, notice, " ");
    if (showAll) cut.append(button("Show all", "link", () => showAll()));
    view.append(cut);
  }
  return view;
}

/** Creates the table of headers. A value that is not shown may be a secret. */
export function headerTable(label, headers) {
  const rows = Object.entries(headers ?? {});
  if (rows.length === 0) return undefined;
  const cells = rows.map(([name, value]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, name),
      value === null
        ? element("td", { class: "muted" }, "not shown")
        : element("td", {}, Array.isArray(value) ? value.join(", ") : String(value)),
    ),
  );
  return element(
    "details",
    { class: "headers" },
    element("summary", {}, `${label} (${rows.length})`),
    element("table", {}, element("tbody", {}, ...cells)),
  );
}
