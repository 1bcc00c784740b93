/**
 * A form of the contact in focus, whichever that is: what was typed for each contact, the line that says what is wrong, and the
 * keyboard. When the form becomes another contact's by itself, as a customer leaves or another page of the desk turns, the keyboard
 * leaves it: what somebody goes on to type for the one would reach the other.
 */

import { Drafts } from "./drafts.js";

/** @template Draft */
export class ContactForm {
  /** Whose form it is.
   *  @type {string | null} */
  contact = null;
  /** The contact in focus, which may have no use for this form.
   *  @type {string | null} */
  #focus = null;
  #status = "";
  /** The contact that the person turns to, until it is in focus or something else is typed.
   *  @type {string | null} */
  #wanted = null;

  /**
   * @param {HTMLFormElement} form
   * @param {string} name what it is for
   * @param {(text: string) => void} warn
   */
  constructor(form, name, warn) {
    this.form = form;
    this.warn = warn;
    this.error = /** @type {HTMLElement} */ (form.querySelector(".error"));
    /** @type {Drafts<Draft>} */
    this.drafts = new Drafts(name);
    form.addEventListener("input", () => {
      this.#wanted = null;
      this.error.textContent = "";
    });
    document.addEventListener("click", ({ target }) => {
      const control = target instanceof Element ? target.closest("[data-do=focus], [data-do=answer]") : null;
      if (control !== null) this.#wanted = control.getAttribute("data-contact");
    });
  }

  /** @param {string} epoch the page is connected, to this history */
  connected(epoch) {
    this.error.textContent = "";
    this.drafts.begin(epoch);
  }

  /**
   * The page may show something else. Called before the form shows that it is another contact's.
   *
   * @param {string | null} contact whose form it is now
   * @returns {boolean} whether it was another's
   */
  update(contact) {
    const rows = [...document.querySelectorAll(".row")];
    const idOf = (/** @type {Element | undefined} */ row) => row?.getAttribute("data-contact") ?? null;
    this.drafts.keepThoseOf(new Set(rows.map((row) => String(idOf(row)))));
    const focus = idOf(rows.find((row) => row.hasAttribute("aria-current")));
    const status = document.querySelector(".card .status")?.textContent ?? "";
    const isAnothers = contact !== this.contact;
    const turned = focus !== null && focus === this.#wanted; // by the person, who knows
    if (isAnothers && !turned) this.#takeKeyboard(contact !== null);
    if (isAnothers || status !== this.#status) this.error.textContent = "";
    if (focus !== this.#focus) this.#wanted = null;
    [this.contact, this.#focus, this.#status] = [contact, focus, status];
    return isAnothers;
  }

  /** @param {boolean} stays whether the form is still there, as another contact's */
  #takeKeyboard(stays) {
    const box = document.activeElement;
    if (!(box instanceof HTMLElement) || !this.form.contains(box)) {
      // A dialog gives the keyboard back to where it was opened from.
      document.querySelector("dialog:modal")?.addEventListener("close", () => this.#takeKeyboard(stays), { once: true });
      return;
    }
    // Nothing is typed into a button, and where the focus goes from one that is gone is the page's to say.
    if (box instanceof HTMLButtonElement && !stays) return;
    // Once all that changes has changed: the page looks after the focus in its own way.
    queueMicrotask(() => {
      harmless().focus();
      const whose = stays ? `is for ${document.querySelector(".card h2")?.textContent} now` : "is gone";
      this.warn(`“${nameOf(box)}” ${whose}. The keyboard has left it.`);
    });
  }
}

/** Where neither letters nor Enter do anything. */
function harmless() {
  const controls = document.querySelector(".controls[tabindex]");
  if (controls instanceof HTMLElement) return controls;
  const region = /** @type {HTMLElement} */ (document.querySelector("[data-region=contact]"));
  region.tabIndex = -1;
  return region;
}

/** @param {HTMLElement} control */
function nameOf(control) {
  const label = control instanceof HTMLButtonElement ? control : /** @type {HTMLInputElement} */ (control).labels?.[0];
  return control.ariaLabel ?? label?.textContent ?? "";
}
