/**
 * The chat pane. The transcript is a region that the server renders; what the person writes is the page's own, a draft for each
 * contact.
 */

import { ContactForm } from "./contact-form.js";

const TYPING_AGAIN = 4000; // ms after which it is said again that somebody still types: the server forgets it after 10 s
const AT_END = 24; // px from its end within which the transcript stays at its end as it grows

export class Chat {
  #saidTyping = 0; // when, or 0 if nobody was told of it
  #atEnd = true;

  /**
   * @param {HTMLElement} pane
   * @param {(verb: string, args: Record<string, unknown>, answered: (refused: string | null) => void) => void} act
   * @param {(text: string) => void} warn
   */
  constructor(pane, act, warn) {
    this.pane = pane;
    this.act = act;
    this.transcript = /** @type {HTMLElement} */ (pane.querySelector("[data-region]"));
    this.form = /** @type {HTMLFormElement} */ (pane.querySelector("form"));
    /** @type {ContactForm<string>} */
    this.common = new ContactForm(this.form, "chat", warn);
    this.text = /** @type {HTMLTextAreaElement} */ (pane.querySelector("textarea"));
    this.transcript.addEventListener("scroll", () => {
      const { scrollHeight, scrollTop, clientHeight } = this.transcript;
      this.#atEnd = scrollHeight - scrollTop - clientHeight < AT_END;
    });
    this.text.addEventListener("input", () => this.#type());
    this.text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.altKey || event.isComposing) return;
      event.preventDefault();
      this.#send("agent");
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send(event.submitter instanceof HTMLButtonElement ? event.submitter.value : "agent");
    });
  }

  /** @param {string} epoch the page is connected, to this history */
  connected(epoch) {
    this.common.connected(epoch);
    this.#fill();
  }

  /** The region may have changed. */
  update() {
    const lines = this.transcript.querySelector("ol");
    if (this.common.update(lines?.dataset.contact ?? null)) this.#turn();
    this.form.querySelector("[value=agent]")?.setAttribute("aria-disabled", String(lines?.dataset.status !== "Active"));
    if (this.#atEnd) this.transcript.scrollTop = this.transcript.scrollHeight;
  }

  #turn() {
    this.#saidTyping = 0;
    this.#atEnd = true;
    this.#fill();
    this.pane.hidden = this.common.contact === null;
  }

  #fill() {
    const { contact, drafts } = this.common;
    const draft = (contact !== null && drafts.get(contact)) || "";
    if (this.text.value !== draft) this.text.value = draft; // the caret stays where nothing changes
  }

  #type() {
    const { contact, drafts } = this.common;
    if (contact === null) return;
    const typing = this.text.value !== "";
    if (typing) drafts.set(contact, this.text.value);
    else drafts.delete(contact);
    if (typing ? Date.now() - this.#saidTyping < TYPING_AGAIN : this.#saidTyping === 0) return;
    this.#saidTyping = typing ? Date.now() : 0;
    this.act("typing", { contact, isTyping: typing }, () => {}); // of which nothing depends
  }

  /** @param {string} from */
  #send(from) {
    const [contact, text] = [this.common.contact, this.text.value];
    if (contact === null || text.trim() === "" || this.form.getAttribute("aria-busy") === "true") return;
    this.form.setAttribute("aria-busy", "true");
    this.act("message", { contact, text, from }, (refused) => {
      this.form.removeAttribute("aria-busy");
      if (refused === null) this.#sent(contact, text);
      if (contact === this.common.contact) this.common.error.textContent = refused ?? "";
    });
  }

  /**
   * What was typed meanwhile stays.
   *
   * @param {string} contact
   * @param {string} text
   */
  #sent(contact, text) {
    if (this.common.drafts.get(contact) === text) this.common.drafts.delete(contact);
    if (contact !== this.common.contact) return;
    this.#fill();
    this.#saidTyping = 0;
    this.#atEnd = true;
  }
}
