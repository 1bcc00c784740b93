/** The drawer with the last messages in both directions, of all windows or of one. */

const MOST = 400; // rows that are kept; the control API has more

export class Drawer {
  #open = false;
  /** @type {Map<string, HTMLOptionElement>} */
  #windows = new Map();

  /**
   * @param {HTMLElement} drawer
   * @param {HTMLElement} opener the button that opens and closes it
   * @param {string} page the id of this desk page
   * @param {object} events
   * @param {(window: number) => string} events.labelOf what a window of this page is called
   * @param {(on: boolean) => void} events.listen ask the server for rows, or for no more
   */
  constructor(drawer, opener, page, { labelOf, listen }) {
    this.drawer = drawer;
    this.opener = opener;
    this.page = page;
    this.labelOf = labelOf;
    this.listen = listen;
    this.list = /** @type {HTMLElement} */ (drawer.querySelector(".list"));
    this.none = /** @type {HTMLElement} */ (drawer.querySelector(".empty"));
    this.choice = /** @type {HTMLSelectElement} */ (drawer.querySelector("select"));
    opener.addEventListener("click", () => this.#show(!this.#open));
    drawer.querySelector("#messages-close")?.addEventListener("click", () => this.#show(false));
    drawer.querySelector("#messages-clear")?.addEventListener("click", () => this.#empty());
    drawer.addEventListener("keydown", (event) => event.key === "Escape" && this.#show(false));
    this.choice.addEventListener("change", () => this.#filter([...this.list.querySelectorAll(".message")]));
  }

  /** A socket is new: what it sends begins from the first message that the server still has. */
  connected() {
    if (!this.#open) return;
    this.#empty();
    this.listen(true);
  }

  /** @param {string} html rows, oldest first */
  add(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const rows = [...template.content.children];
    const messages = rows.filter((row) => row.matches(".message"));
    for (const message of messages) this.#name(message);
    this.#filter(messages);
    const atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 40;
    this.list.append(...rows);
    while (this.list.children.length > MOST) this.list.firstElementChild?.remove();
    this.none.hidden = true;
    if (atEnd) this.list.scrollTop = this.list.scrollHeight;
  }

  /** @param {boolean} open */
  #show(open) {
    if (open === this.#open) return;
    this.#open = open;
    this.drawer.hidden = !open;
    this.opener.setAttribute("aria-expanded", String(open));
    if (open) this.#empty();
    else if (this.drawer.contains(document.activeElement)) this.opener.focus();
    this.listen(open);
    if (open) this.list.focus({ preventScroll: true });
  }

  /** The choice goes with the rows: windows that are gone would stay in it for good. The one that is chosen stays. */
  #empty() {
    this.list.replaceChildren();
    this.none.hidden = false;
    for (const [name, option] of this.#windows) {
      if (option.selected) continue;
      option.remove();
      this.#windows.delete(name);
    }
  }

  /** @param {Element} row */
  #name(row) {
    const { page, windows = "" } = /** @type {HTMLElement} */ (row).dataset;
    const names = windows === "" ? ["no panel"] : page === this.page ? windows.split(" ").map((number) => this.labelOf(Number(number))) : ["another page"];
    row.querySelector(".window")?.replaceChildren(names.join(", "));
    /** @type {HTMLElement} */ (row).dataset.names = JSON.stringify(names);
    for (const name of names) {
      if (this.#windows.has(name)) continue;
      const option = new Option(name, name);
      this.#windows.set(name, option);
      this.choice.add(option);
    }
  }

  /** @param {Element[]} rows */
  #filter(rows) {
    const wanted = this.choice.value;
    for (const row of rows) {
      const { names = "[]" } = /** @type {HTMLElement} */ (row).dataset;
      /** @type {HTMLElement} */ (row).hidden = wanted !== "" && !JSON.parse(names).includes(wanted);
    }
  }
}
