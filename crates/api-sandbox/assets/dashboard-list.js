// Lists of rows, the newest first. They are bounded, and drawn once per frame however many changes come.

import { element } from "./dashboard-element.js";

/** Largest number of rows on the page. */
const MAX_ROWS = 500;
/** Height of a row in pixels, about. */
const ROW_HEIGHT = 48;

const waiting = new Set();
let paused = false;
let frame = 0;

function schedule(list) {
  waiting.add(list);
  if (!paused && !frame) {
    frame = requestAnimationFrame(() => {
      frame = 0;
      const lists = [...waiting];
      waiting.clear();
      for (const due of lists) due.draw();
    });
  }
}

/** Holds back all changes of rows, or lets them through again. */
export function pauseAll(pause) {
  paused = pause;
  if (pause) {
    cancelAnimationFrame(frame);
    frame = 0;
  } else {
    for (const list of [...waiting]) schedule(list);
  }
}

/** Moves the focus from row to row by the arrow keys. */
function moveFocus(event) {
  const row = event.target.matches(".heading") && event.target.parentElement;
  const next = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
  if (!next) return;
  event.preventDefault();
  next.querySelector(".heading").focus();
}

/** List of rows by number. */
export class RowList {
  #name;
  #createRow;
  #older;
  #list;
  #note;
  #scroll;
  /** Noted when it changes: a read while rows are drawn makes the browser lay out the page anew for each. */
  #isScrolled = false;
  /** Button that leads to rows above what is seen. */
  #newer;
  /** Rows by number. Each has `element`, `opened` and `update(item)`. */
  #rows = new Map();
  /** Changes that are not drawn yet, by number: the latest of each. */
  #pending = new Map();
  /** There are items that are not on the page. */
  #hasOlder = false;
  /** Items were left out after those on the page. */
  #hasGap = false;
  /** Largest number of those that were removed from view. */
  #cleared = 0;
  /** Query of the filter. */
  #query = "";

  /**
   * Takes the id of the list, the function that creates the row of an item, and the one that returns where the items before
   * a number are, with the query of the filter.
   */
  constructor({ name, createRow, older }) {
    this.#name = name;
    this.#createRow = createRow;
    this.#older = older;
    this.#list = document.getElementById(name);
    this.#note = document.getElementById(`${name}-note`);
    this.#scroll = this.#list.closest(".scroll");
    this.#newer = document.querySelector(`[data-newer="${name}"]`);
    this.#newer.addEventListener("click", () => this.#scroll.scrollTo({ top: 0 }));
    this.#list.addEventListener("keydown", moveFocus);
    this.#scroll.addEventListener(
      "scroll",
      () => {
        const top = this.#scroll.scrollTop;
        this.#isScrolled = top > 0;
        if (top < ROW_HEIGHT) this.#newer.hidden = true;
      },
      { passive: true },
    );
  }

  /** Shows an item, which replaces an earlier one of the same number, with the next frame. */
  put(item) {
    this.#pending.set(item.number ?? item.id, item);
    if (this.#pending.size > MAX_ROWS * 2) this.#forgetOldest();
    schedule(this);
  }

  /** Leaves out what came so far, which has a gap after it now, and may have changed in the gap. */
  skip() {
    this.#pending.clear();
    this.#hasGap = true;
    this.#hasOlder = true;
    schedule(this);
  }

  /** Removes all rows, for a new filter or for the same. */
  clear(query = this.#query) {
    this.#query = query;
    this.#pending.clear();
    this.#rows.clear();
    this.#list.replaceChildren();
    this.#newer.hidden = true;
    this.#hasOlder = false;
    this.#hasGap = false;
    this.#cleared = 0;
    // At once: a pause holds back new rows, and not what is said of those that are gone.
    this.#describe();
  }

  /** Removes all rows from the page, which are among the older ones then. */
  clearView() {
    const numbers = new Set([...this.#rows.keys(), ...this.#pending.keys()]);
    const hasOlder = this.#hasOlder || numbers.size > 0;
    const cleared = Math.max(this.#cleared, ...numbers);
    this.clear();
    this.#hasOlder = hasOlder;
    this.#cleared = cleared;
    this.#describe();
  }

  /** Returns a row. */
  row(number) {
    return this.#rows.get(number);
  }

  /** Draws an item at once, in its place. */
  show(item) {
    const row = this.#place(item);
    this.#describe();
    return row;
  }

  #place(item) {
    const number = item.number ?? item.id;
    const known = this.#rows.get(number);
    if (known) {
      known.update(item);
      return known;
    }
    const row = this.#createRow(item);
    row.number = number;
    row.element.number = number;
    let next = this.#list.firstElementChild;
    while (next && next.number > number) next = next.nextElementSibling;
    this.#list.insertBefore(row.element, next);
    this.#rows.set(number, row);
    return row;
  }

  /** Draws what has changed. */
  draw() {
    const top = this.#list.firstElementChild;
    if (this.#hasGap) this.#closeGap();
    for (const item of [...this.#pending.values()].sort((a, b) => (a.number ?? a.id) - (b.number ?? b.id)))
      this.#place(item);
    this.#pending.clear();
    if (this.#isScrolled && top && this.#list.firstElementChild !== top) this.#newer.hidden = false;
    this.#removeOldest();
    this.#describe();
  }

  /** Forgets all changes but those of the newest rows, which alone will be on the page, and of rows that stay. */
  #forgetOldest() {
    const numbers = [...this.#pending.keys()].sort((a, b) => a - b);
    for (const number of numbers.slice(0, -MAX_ROWS)) if (!this.#stays(number)) this.#pending.delete(number);
    this.#hasOlder = true;
  }

  /** Returns `true` if somebody reads an opened row, or has the focus in it. */
  #stays(number) {
    const row = this.#rows.get(number);
    return row !== undefined && (row.opened || row.element.contains(document.activeElement));
  }

  #remove(row) {
    this.#rows.delete(row.number);
    row.element.remove();
    this.#hasOlder = true;
  }

  #closeGap() {
    this.#hasGap = false;
    for (const row of [...this.#rows.values()]) {
      if (!this.#stays(row.number)) this.#remove(row);
      else if (row.opened) row.reload();
    }
  }

  #removeOldest() {
    let last = this.#list.lastElementChild;
    while (this.#rows.size > MAX_ROWS && last) {
      const newer = last.previousElementSibling;
      if (!this.#stays(last.number)) this.#remove(this.#rows.get(last.number));
      last = newer;
    }
  }

  #describe() {
    const shown = this.#rows.size;
    for (const count of document.querySelectorAll(`[data-count="${this.#name}"]`)) count.textContent = shown || "";
    const empty = document.querySelector(`[data-empty="${this.#name}"]`);
    const noMatch = document.querySelector(`[data-empty="${this.#name}-filtered"]`);
    empty.hidden = shown > 0 || this.#hasOlder || this.#query !== "";
    noMatch.hidden = shown > 0 || this.#hasOlder || this.#query === "";
    this.#note.hidden = !this.#hasOlder;
    if (this.#hasOlder) {
      // A row that is opened may be far from the others.
      const numbers = [...this.#rows.values()].filter((row) => !row.opened).map((row) => row.number);
      const path = this.#older(numbers.length > 0 ? Math.min(...numbers) : this.#cleared + 1, this.#query);
      const others = element("a", { href: path, target: "_blank", rel: "noopener" }, `GET ${path}`);
      this.#note.replaceChildren(`Older ${this.#name} are not on this page: `, others);
    }
  }
}
