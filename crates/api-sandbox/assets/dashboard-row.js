// Row of a list that opens to its details.

import { dateAndTime } from "./dashboard-format.js";
import { element } from "./dashboard-element.js";

/**
 * Creates a row: a button with the heading, what is always seen under it, and details. When it is opened, they are loaded by
 * `load` and drawn by `draw`.
 */
export function openableRow(kind, number, { heading, always, load, draw }) {
  const details = element("div", { class: "details", id: `${kind}-${number}-details`, hidden: true });
  const button = element(
    "button",
    { type: "button", class: "heading", "aria-expanded": "false", "aria-controls": details.id },
    ...heading,
  );
  let turn = 0;
  const row = {
    element: element("li", { id: `${kind}-${number}`, [`data-${kind}`]: number }, button, always, details),
    opened: false,
    open() {
      if (!row.opened) button.click();
    },
    async reload({ full = false } = {}) {
      turn += 1;
      const mine = turn;
      let show;
      try {
        const loaded = await load(full);
        show = () => draw(details, loaded);
      } catch (error) {
        show = () => details.replaceChildren(element("p", { class: "error", role: "status" }, error.message));
      }
      // Answers may overtake each other, and the row may be closed meanwhile.
      if (mine === turn && row.opened) show();
    },
    update() {},
  };
  button.addEventListener("click", () => {
    row.opened = !row.opened;
    button.setAttribute("aria-expanded", row.opened);
    row.element.classList.toggle("opened", row.opened);
    details.hidden = !row.opened;
    if (row.opened) {
      holdStill(row.element.closest(".scroll"));
      details.replaceChildren(element("p", { class: "muted" }, "Loading…"));
      row.reload();
    } else {
      details.replaceChildren();
    }
  });
  return row;
}

/** Keeps what is read from being pushed down by new rows: a browser anchors a list only once it is scrolled. */
function holdStill(scroll) {
  if (scroll.scrollTop === 0) scroll.scrollTop = 1;
}

/** Creates the two lines of a time: that of the day, and the date. */
export function timeCell(text) {
  const { date, time } = dateAndTime(text);
  return element("time", { class: "when", datetime: text, title: text }, time, element("small", {}, date));
}

/** Creates a link to a row. */
export function permalink(kind, number) {
  return element("a", { class: "permalink", href: `#${kind}-${number}` }, `#${number}`);
}

/** Creates the name of a vendor before other text, if there is one. */
export function vendorMark(vendor) {
  return vendor ? element("span", { class: "vendor" }, vendor, " ") : undefined;
}
