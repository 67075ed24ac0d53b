// Lists of rows, the newest first. They are bounded, and drawn once per frame however many changes come.

import { element } from "./dashboard-element.js";
import { counted } from "./dashboard-format.js";

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
  #noun;
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
  /** Number of items that are not on the page. */
  #left = 0;
  /** Largest number of those that were removed from view. */
  #cleared = 0;
  #filtered = false;

  /**
   * Takes the id of the list, its noun, the function that creates the row of an item, and the one that returns where the
   * items before a number are.
   */
  constructor({ name, noun, createRow, older }) {
    this.#name = name;
    this.#noun = noun;
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
    const number = item.number ?? item.id;
    this.#pending.set(number, item);
    if (this.#pending.size > MAX_ROWS * 2) this.#forget([...this.#pending.keys()].sort((a, b) => a - b)[0]);
    schedule(this);
  }

  /** Counts items that will not come. */
  skip(count) {
    this.#left += count;
    schedule(this);
  }

  /** Removes all rows. */
  clear({ filtered = this.#filtered } = {}) {
    this.#filtered = filtered;
    this.#pending.clear();
    this.#rows.clear();
    this.#list.replaceChildren();
    this.#newer.hidden = true;
    this.#left = 0;
    this.#cleared = 0;
    schedule(this);
  }

  /** Removes all rows from the page, and counts them as left out. */
  clearView() {
    const numbers = new Set([...this.#rows.keys(), ...this.#pending.keys()]);
    const left = this.#left + numbers.size;
    const cleared = Math.max(this.#cleared, ...numbers);
    this.clear();
    this.#left = left;
    this.#cleared = cleared;
  }

  /** Returns a row. */
  row(number) {
    return this.#rows.get(number);
  }

  /** Draws an item at once, in its place. */
  show(item) {
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
    for (const item of [...this.#pending.values()].sort((a, b) => (a.number ?? a.id) - (b.number ?? b.id)))
      this.show(item);
    this.#pending.clear();
    if (this.#isScrolled && top && this.#list.firstElementChild !== top) this.#newer.hidden = false;
    this.#removeOldest();
    this.#describe();
  }

  #forget(number) {
    this.#pending.delete(number);
    if (!this.#rows.has(number)) this.#left += 1;
  }

  #removeOldest() {
    let row = this.#list.lastElementChild;
    while (this.#rows.size > MAX_ROWS && row) {
      const newer = row.previousElementSibling;
      // Somebody reads an opened row, or has the focus in it.
      if (!this.#rows.get(row.number).opened && !row.contains(document.activeElement)) {
        this.#rows.delete(row.number);
        row.remove();
        this.#left += 1;
      }
      row = newer;
    }
  }

  #describe() {
    const shown = this.#rows.size;
    for (const count of document.querySelectorAll(`[data-count="${this.#name}"]`)) count.textContent = shown || "";
    const empty = document.querySelector(`[data-empty="${this.#name}"]`);
    const noMatch = document.querySelector(`[data-empty="${this.#name}-filtered"]`);
    empty.hidden = shown > 0 || this.#left > 0 || this.#filtered;
    noMatch.hidden = shown > 0 || this.#left > 0 || !this.#filtered;
    this.#note.hidden = this.#left === 0;
    if (this.#left > 0) {
      const [one, many] = this.#noun;
      const path = this.#older(this.#list.lastElementChild?.number ?? this.#cleared + 1);
      const others = element("a", { href: path, target: "_blank", rel: "noopener" }, `GET ${path}`);
      this.#note.replaceChildren(`${counted(this.#left, `more ${one}`, `more ${many}`)} not on this page: `, others);
    }
  }
}
