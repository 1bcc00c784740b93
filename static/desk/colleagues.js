/**
 * The dialog in which the agent chooses whom to call, to consult, or to pass a contact on to. The list is a region that the server
 * renders while the dialog is open; the focus stays in the box above it, where typing narrows the list and the arrows go through it.
 */

import { focusNext } from "./page.js";

export class Colleagues {
  #verb = "";
  /** @type {string | undefined} */
  #contact;
  #busy = false;
  /** The id of the option that Enter takes. It is the person's choice: nobody else takes the place of one who has gone. */
  #active = "";

  /**
   * @param {HTMLDialogElement} dialog
   * @param {import("./page.js").Act} act
   * @param {object} events
   * @param {(verb: string | null, contact?: string) => void} events.ask tell the server for what the list is, null: it is closed
   * @param {(text: string) => void} events.notice
   */
  constructor(dialog, act, { ask, notice }) {
    this.dialog = dialog;
    this.act = act;
    this.ask = ask;
    this.title = /** @type {HTMLElement} */ (dialog.querySelector("h2"));
    this.box = /** @type {HTMLInputElement} */ (dialog.querySelector("input"));
    this.region = /** @type {HTMLElement} */ (dialog.querySelector("[data-region]"));
    this.typed = /** @type {HTMLElement | null} */ (dialog.querySelector("[aria-label='As typed']"));
    this.none = /** @type {HTMLElement} */ (dialog.querySelector(".none"));
    this.error = /** @type {HTMLElement} */ (dialog.querySelector(".error"));
    document.addEventListener("click", (event) => {
      const opener = event.target instanceof Element ? event.target.closest("[data-choose]") : null;
      if (!(opener instanceof HTMLElement)) return;
      if (opener.getAttribute("aria-disabled") === "true") {
        notice(opener.title);
        return;
      }
      opener.closest("dialog")?.close();
      this.#open(opener.dataset);
    });
    dialog.addEventListener("click", (event) => {
      const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
      if (option instanceof HTMLElement) this.#take(option);
    });
    dialog.querySelector("[data-close]")?.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      this.ask(null);
      this.region.replaceChildren();
      // Who got the focus back keeps it; else it is still in the dialog, and about to be nowhere.
      if (document.activeElement !== document.body && !dialog.contains(document.activeElement)) return;
      focusNext();
    });
    this.box.addEventListener("input", () => {
      this.error.textContent = "";
      this.#narrow();
      this.#activate(this.box.value === "" ? undefined : this.#shown.find((option) => option.ariaDisabled !== "true"));
    });
    this.box.addEventListener("keydown", (event) => this.#key(event));
    dialog.querySelector("form")?.addEventListener("submit", (event) => event.preventDefault());
  }

  /** The region has changed. */
  update() {
    this.#narrow();
    this.#activate(this.#shown.find((option) => option.id === this.#active));
  }

  /** A socket is new: the server has not been asked over it. */
  connected() {
    if (this.dialog.open) this.ask(this.#verb, this.#contact);
  }

  /** @param {DOMStringMap} opener */
  #open({ choose = "", contact, title = "" }) {
    this.#verb = choose;
    this.#contact = contact;
    this.title.textContent = title;
    this.box.value = this.error.textContent = "";
    this.#activate(undefined);
    this.#narrow();
    this.dialog.showModal();
    this.box.focus();
    this.ask(choose, contact);
  }

  get #options() {
    return /** @type {HTMLElement[]} */ ([...this.dialog.querySelectorAll("[role=option]")]);
  }

  /** The options that fit what is typed. */
  get #shown() {
    return this.#options.filter((option) => option.closest("[hidden]") === null);
  }

  /** Hide what does not fit what is typed: each word of it is somewhere in what an option says. */
  #narrow() {
    const wanted = this.box.value.trim();
    const words = wanted.toLowerCase().split(/\s+/);
    for (const option of this.region.querySelectorAll("[role=option]")) {
      const said = option.textContent?.toLowerCase() ?? "";
      option.toggleAttribute("hidden", !words.every((word) => said.includes(word)));
    }
    for (const group of this.region.querySelectorAll("[role=group]")) {
      const options = group.querySelectorAll("[role=option]");
      group.toggleAttribute("hidden", options.length > 0 && group.querySelector("[role=option]:not([hidden])") === null);
    }
    if (this.typed !== null) this.#offerTyped(this.typed, wanted);
    this.none.hidden = this.#shown.length > 0 || this.#options.length === 0;
  }

  /**
   * @param {HTMLElement} group
   * @param {string} wanted
   */
  #offerTyped(group, wanted) {
    group.hidden = wanted === "";
    for (const option of /** @type {NodeListOf<HTMLElement>} */ (group.querySelectorAll("[role=option]"))) {
      const kind = option.dataset.agent === undefined ? "skill" : "agent";
      option.dataset[kind] = wanted;
      option.querySelector(".who")?.replaceChildren(`${kind === "agent" ? "Agent" : "Skill"} ${wanted}`);
    }
  }

  /** @param {HTMLElement | undefined} option */
  #activate(option) {
    this.#active = option?.id ?? "";
    for (const one of this.#options) one.setAttribute("aria-selected", String(one === option));
    if (option === undefined) {
      this.box.removeAttribute("aria-activedescendant");
      return;
    }
    this.box.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const shown = this.#shown;
    const at = shown.findIndex((option) => option.id === this.#active);
    const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      if (shown.length > 0) this.#activate(shown.at(to % shown.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (at >= 0) this.#take(shown[at]);
      else this.error.textContent = shown.length > 0 ? "Choose an agent or a skill first." : "";
    }
  }

  /** @param {HTMLElement} option */
  #take(option) {
    if (this.#busy) return;
    this.#activate(option);
    this.error.textContent = option.dataset.whyNot ?? "";
    if (option.dataset.whyNot !== undefined) return;
    this.#busy = true;
    const { agent, skill } = option.dataset;
    this.act(this.#verb, { contact: this.#contact, ...(agent === undefined ? { skill } : { agent }) }, (refused) => {
      this.#busy = false;
      this.error.textContent = refused ?? "";
      if (refused === null) this.dialog.close();
    });
  }
}
