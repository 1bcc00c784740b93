/**
 * The form in which the agent notes how a contact came out. What there is to choose and what was noted are regions that the server
 * renders; what the person chose and typed is the page's own, a draft for each contact.
 */

/** @typedef {{disposition: string, notes: string}} Outcome */

export class DispositionForm {
  /** @type {string | null} */
  #contact = null;
  /** @type {Map<string, Outcome>} */
  #drafts = new Map();

  /**
   * @param {HTMLFormElement} form
   * @param {(verb: string, args: Record<string, unknown>, answered: (refused: string | null) => void) => void} act
   */
  constructor(form, act) {
    this.form = form;
    this.act = act;
    this.region = /** @type {HTMLElement} */ (form.querySelector("[data-region=disposition]"));
    this.choice = /** @type {HTMLSelectElement} */ (form.querySelector("select"));
    this.notes = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
    this.button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
    this.error = /** @type {HTMLElement} */ (form.querySelector(".error"));
    form.addEventListener("input", () => {
      // At once: what there is to choose may be another contact's when the form is left.
      if (this.#contact !== null) this.#drafts.set(this.#contact, { disposition: this.choice.value, notes: this.notes.value });
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
  }

  /** The regions may have changed. */
  update() {
    const told = this.region.querySelector("div")?.dataset;
    const contact = told?.contact ?? null;
    if (contact !== this.#contact) this.error.textContent = "";
    this.#contact = contact;
    this.form.hidden = contact === null;
    if (told === undefined || contact === null) return;
    const finishes = told.finishes !== undefined;
    this.button.textContent = finishes ? "Save and finish" : "Save";
    this.button.classList.toggle("primary", finishes);
    const noted = { disposition: told.noted ?? "", notes: this.region.querySelector(".said")?.textContent ?? "" };
    const draft = this.#drafts.get(contact) ?? noted;
    if (draft.disposition === noted.disposition && draft.notes === noted.notes) this.#drafts.delete(contact);
    this.choice.value = draft.disposition;
    if (this.choice.selectedIndex < 0) this.choice.value = ""; // it is no longer there to be chosen
    this.notes.value = draft.notes; // the caret stays where nothing changes
  }

  #save() {
    const contact = this.#contact;
    if (contact === null || this.button.getAttribute("aria-busy") === "true") return;
    if (this.choice.value === "") {
      this.error.textContent = "Choose a disposition first.";
      this.choice.focus();
      return;
    }
    this.button.setAttribute("aria-busy", "true");
    this.act("disposition", { contact, disposition: this.choice.value, notes: this.notes.value }, (refused) => {
      this.button.removeAttribute("aria-busy");
      if (contact === this.#contact) this.error.textContent = refused ?? "";
    });
  }
}
