/**
 * The form in which the agent notes how a contact came out. What there is to choose and what was noted are regions that the server
 * renders; what the person chose and typed is the page's own, a draft for each contact.
 */

import { ContactForm } from "./contact-form.js";

/** @typedef {{disposition: string, notes: string}} Outcome */

export class DispositionForm {
  /**
   * @param {HTMLFormElement} form
   * @param {(verb: string, args: Record<string, unknown>, answered: (refused: string | null) => void) => void} act
   * @param {(text: string) => void} warn
   */
  constructor(form, act, warn) {
    this.form = form;
    this.act = act;
    /** @type {ContactForm<Outcome>} */
    this.common = new ContactForm(form, "disposition", warn);
    this.region = /** @type {HTMLElement} */ (form.querySelector("[data-region=disposition]"));
    this.choice = /** @type {HTMLSelectElement} */ (form.querySelector("select"));
    this.notes = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
    this.button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
    form.addEventListener("input", () => {
      // At once: what there is to choose may be another contact's when the form is left.
      const { contact, drafts } = this.common;
      if (contact !== null) drafts.set(contact, { disposition: this.choice.value, notes: this.notes.value });
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
  }

  /** @param {string} epoch the page is connected, to this history */
  connected(epoch) {
    this.common.connected(epoch);
    this.#fill();
  }

  /** The regions may have changed. */
  update() {
    const told = this.#told;
    this.common.update(told?.contact ?? null);
    this.form.hidden = this.common.contact === null;
    const finishes = told?.finishes !== undefined;
    this.button.textContent = finishes ? "Save and finish" : "Save";
    this.button.classList.toggle("primary", finishes);
    this.#fill();
  }

  /** What the server told of the contact in focus. */
  get #told() {
    return this.region.querySelector("div")?.dataset;
  }

  #fill() {
    const { contact, drafts } = this.common;
    if (contact === null) return;
    const told = this.#told;
    const noted = { disposition: told?.noted ?? "", notes: this.region.querySelector(".said")?.textContent ?? "" };
    const draft = drafts.get(contact) ?? noted;
    if (draft.disposition === noted.disposition && draft.notes === noted.notes) drafts.delete(contact);
    this.choice.value = draft.disposition;
    if (this.choice.selectedIndex < 0) this.choice.value = ""; // it is no longer there to be chosen
    this.notes.value = draft.notes; // the caret stays where nothing changes
  }

  #save() {
    const { contact } = this.common;
    if (contact === null || this.button.getAttribute("aria-busy") === "true") return;
    if (this.choice.value === "") {
      this.common.error.textContent = "Choose a disposition first.";
      this.choice.focus();
      return;
    }
    this.button.setAttribute("aria-busy", "true");
    this.act("disposition", { contact, disposition: this.choice.value, notes: this.notes.value }, (refused) => {
      this.button.removeAttribute("aria-busy");
      if (contact === this.common.contact) this.common.error.textContent = refused ?? "";
    });
  }
}
