/** A table whose rows the server renders cell by cell, and which the page sorts and filters. */

import { morphElement } from "../desk/morph.js";

/**
 * @typedef {object} Row
 * @property {string} key
 * @property {HTMLTableRowElement} element
 * @property {Map<string, HTMLElement>} cells by column
 * @property {string | null} words what the filter looks at; null until it is asked
 */

/** @typedef {Record<string, Record<string, string> | null>} Changed HTML of cells, by row and column; null for a row that has gone */

const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

export class Table {
  /** @type {Map<string, Row>} */
  #rows = new Map();
  /** @type {string[]} */
  #columns;
  /** @type {Set<string>} */
  #unsearched;
  /** @type {string[]} */
  #wanted = [];
  #body;
  #count;
  #empty;

  /** @param {HTMLTableElement} table within its section, which has a `.count` and an `.empty` */
  constructor(table) {
    this.table = table;
    this.#body = table.tBodies[0];
    this.#count = /** @type {HTMLElement} */ (table.closest("section")?.querySelector(".count"));
    this.#empty = /** @type {HTMLElement} */ (table.closest("section")?.querySelector(".empty"));
    const heads = [.../** @type {HTMLTableSectionElement} */ (table.tHead).rows[0].cells];
    this.#columns = heads.map((head) => head.dataset.column ?? "");
    this.#unsearched = new Set(heads.filter((head) => "unsearched" in head.dataset).map((head) => head.dataset.column ?? ""));
    for (const head of heads) head.querySelector("button")?.addEventListener("click", () => this.#sortBy(head, heads));
  }

  /**
   * @param {Changed} changed
   * @param {boolean} whole whether these are all rows
   */
  update(changed, whole) {
    const focused = document.activeElement;
    const held = this.#body.contains(focused);
    for (const key of this.#rows.keys()) if (Object.hasOwn(changed, key) ? changed[key] === null : whole) this.#remove(key);
    for (const [key, cells] of Object.entries(changed)) if (cells !== null) this.#put(key, cells);
    this.#arrange();
    // Who was at a row that has gone goes on with the rows that are there.
    if (held && !focused?.isConnected) /** @type {HTMLElement | null} */ (this.table.closest(".scroll"))?.focus();
  }

  /** @param {string} text rows with all of its words stay */
  filter(text) {
    this.#wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
    this.#arrange();
  }

  /** @param {string} key */
  #remove(key) {
    this.#rows.get(key)?.element.remove();
    this.#rows.delete(key);
  }

  /**
   * @param {string} key
   * @param {Record<string, string>} cells
   */
  #put(key, cells) {
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = { key, element: document.createElement("tr"), cells: new Map(), words: null };
      row.element.dataset.key = key;
      this.#rows.set(key, row);
    }
    const template = document.createElement("template");
    template.innerHTML = Object.values(cells).join("");
    const fresh = /** @type {HTMLElement[]} */ ([...template.content.children]);
    for (const [place, column] of Object.keys(cells).entries()) {
      const cell = fresh[place];
      cell.dataset.column = column;
      const old = row.cells.get(column);
      if (old === undefined) row.cells.set(column, cell);
      else morphElement(old, cell);
    }
    if (row.element.cells.length === 0) row.element.append(...this.#columns.map((column) => row.cells.get(column) ?? ""));
    row.words = null;
  }

  /**
   * @param {HTMLElement} head
   * @param {HTMLElement[]} heads
   */
  #sortBy(head, heads) {
    const direction = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", direction);
    this.#arrange();
  }

  /** Bring the rows into their order, and show those that are wanted. */
  #arrange() {
    const head = /** @type {HTMLElement | null} */ (this.table.querySelector("thead [aria-sort]"));
    const column = head?.dataset.column ?? this.#columns[0];
    const sign = head?.getAttribute("aria-sort") === "descending" ? -1 : 1;
    const values = new Map([...this.#rows.values()].map((row) => [row, valueOf(row.cells.get(column))]));
    const sorted = [...this.#rows.values()].sort(
      (one, other) => compared(values.get(one) ?? null, values.get(other) ?? null, sign) || order.compare(one.key, other.key),
    );
    place(this.#body, sorted.map(({ element }) => element));
    let shown = 0;
    for (const row of sorted) {
      const hidden = !this.#fits(row);
      if (row.element.hidden !== hidden) row.element.hidden = hidden;
      if (!hidden) shown += 1;
    }
    this.#count.textContent = shown === sorted.length ? String(shown) : `${shown} of ${sorted.length}`;
    this.#empty.hidden = sorted.length > 0;
    this.table.hidden = sorted.length === 0;
  }

  /** @param {Row} row */
  #fits(row) {
    if (this.#wanted.length === 0) return true;
    row.words ??= [...row.cells]
      .filter(([column]) => !this.#unsearched.has(column))
      .map(([, cell]) => cell.textContent)
      .join(" ")
      .toLowerCase();
    return this.#wanted.every((word) => row.words?.includes(word));
  }
}

/**
 * What a row is sorted by: the cell's own value, else its text; null for none.
 *
 * @param {HTMLElement | undefined} cell
 */
function valueOf(cell) {
  const own = cell?.dataset.sort;
  if (own === undefined) return cell?.textContent?.trim() || null;
  return own === "" ? null : Number(own);
}

/**
 * @param {string | number | null} one
 * @param {string | number | null} other
 * @param {number} sign
 */
function compared(one, other, sign) {
  if (one === null || other === null) return Number(one === null) - Number(other === null); // without a value last, either way
  if (typeof one === "number" && typeof other === "number") return sign * (one - other);
  return sign * order.compare(String(one), String(other));
}

/**
 * Puts the rows in order around the one that has the focus, which would lose it if it were moved.
 *
 * @param {HTMLElement} body
 * @param {HTMLElement[]} rows
 */
function place(body, rows) {
  const fixed = rows.findIndex((row) => row.contains(document.activeElement));
  const before = fixed < 0 ? [] : rows.slice(0, fixed);
  put(body, before, body.firstElementChild, fixed < 0 ? null : rows[fixed]);
  put(body, rows.slice(fixed < 0 ? 0 : fixed + 1), fixed < 0 ? body.firstElementChild : rows[fixed].nextElementSibling, null);
}

/**
 * @param {HTMLElement} body
 * @param {HTMLElement[]} rows
 * @param {Element | null} from where the first of them belongs
 * @param {Element | null} end before which all of them belong
 */
function put(body, rows, from, end) {
  let next = from;
  for (const row of rows) {
    if (row === next) next = row.nextElementSibling;
    else body.insertBefore(row, next ?? end);
  }
}
