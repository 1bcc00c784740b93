/**
 * The notes on contacts, which save themselves. The text that comes last wins; what another window had written in between is shown
 * beside it until somebody has seen to it (bridge/panels/notes.py).
 *
 * @typedef {{ text: string, version: number, elsewhere: string[] }} Kept
 * @typedef {{ contactId: string, at: string, text: string }} Earlier
 */
import { made } from "./elements.js";
import { Refused, ask, element, notify, reason } from "./page.js";

const PAUSE = 700; // ms without a keystroke after which a note is saved
const RETRY = 3000; // ms until the next attempt when the server does not answer

/** Names this window to the server, which holds no save of its own for another's. */
const WINDOW = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
let saves = 0;

/** The note on one contact. It lives on when another is shown, until what was typed into it is saved. */
class Note {
  text = "";
  /** Texts of other windows that this one took the place of.
   * @type {string[]} */
  elsewhere = [];
  /** @type {Earlier[]} */
  earlier = [];
  /** Whether there are older notes than `earlier`. */
  more = false;
  isLoaded = false;
  /** The server wants a key, and this page has none that fits. */
  isLocked = false;
  hasFailed = false;
  /** What became of the last load or save, in words. */
  outcome = "";

  #version = 0;
  #lastSave = 0;
  /** The text that is on its way or has arrived, and the one that has arrived. */
  #sent = "";
  #arrived = "";
  #timer = 0;

  /**
   * @param {string} contactId
   * @param {string} number the customer's, "" for none
   * @param {(note: Note) => void} changed
   */
  constructor(contactId, number, changed) {
    this.path = `/panels/crm/notes/${contactId}?${new URLSearchParams({ ani: number })}`;
    this.changed = changed;
  }

  get isSaved() {
    return this.text === this.#arrived;
  }

  /** Gets the note, or what is new of it. What was typed here meanwhile stays. */
  async load() {
    try {
      const { earlier, more, ...kept } = /** @type {Kept & { earlier: Earlier[], more: boolean }} */ (await ask(this.path));
      if (this.isSaved && this.text === this.#sent && kept.version >= this.#version) {
        this.text = this.#sent = this.#arrived = kept.text;
        this.#take(kept);
      }
      Object.assign(this, { earlier, more });
      if (!this.isLoaded) this.#end("");
      this.isLoaded = true;
      this.changed(this);
    } catch (error) {
      if (!this.isLoaded) this.#fail("The notes could not be read", error, () => this.load());
    }
  }

  /** @param {string} text */
  edit(text) {
    this.text = text.toWellFormed(); // the limit of length can cut a character in two
    this.outcome = "";
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), PAUSE);
    this.changed(this);
  }

  /** Saves what is not yet on its way. */
  flush() {
    if (this.text !== this.#sent) this.#save(false);
  }

  /** What was written elsewhere is not wanted any more, or in the text now. */
  settle() {
    this.elsewhere = [];
    this.#save(true);
  }

  /** @param {boolean} settled */
  async #save(settled) {
    clearTimeout(this.#timer);
    const { text } = this;
    const save = (this.#lastSave = ++saves);
    this.#sent = text;
    const body = JSON.stringify({ text, version: this.#version, window: WINDOW, save, settled });
    try {
      // Goes out even when the page goes away meanwhile.
      const kept = /** @type {Kept} */ (await ask(this.path, { method: "PUT", keepalive: true, body }));
      if (save < this.#lastSave) return;
      this.#arrived = text;
      this.#take(kept);
      if (this.isSaved) this.#end(kept.elsewhere.length ? "Saved over another window's text" : "Saved");
    } catch (error) {
      if (save < this.#lastSave) return;
      this.#sent = this.#arrived;
      this.#fail("Not saved", error, () => this.#save(settled));
    }
  }

  /** @param {Kept} kept */
  #take({ version, elsewhere }) {
    this.#version = version;
    this.elsewhere = elsewhere;
  }

  /** @param {string} outcome */
  #end(outcome) {
    this.hasFailed = this.isLocked = false;
    this.outcome = outcome;
    this.changed(this);
  }

  /**
   * @param {string} what
   * @param {unknown} error
   * @param {() => void} again
   */
  #fail(what, error, again) {
    // What the server refuses, it refuses again; what did not reach it or made it fail may pass.
    const isFinal = error instanceof Refused && error.status < 500;
    this.isLocked = error instanceof Refused && error.status === 401;
    this.hasFailed = true;
    this.outcome = `${what}${isFinal ? ":" : ", trying again."} ${reason(error)}`;
    clearTimeout(this.#timer);
    if (!isFinal) this.#timer = setTimeout(again, RETRY);
    this.changed(this);
  }
}

/** @type {Note | null} the note on show */
let shown = null;
/** That and those that are not yet saved, by contact.
 * @type {Map<string, Note>} */
const notes = new Map();

const area = element("note", HTMLTextAreaElement);
area.oninput = () => shown?.edit(area.value);
area.onchange = () => shown?.flush(); // comes before a blur
element("note-add").onclick = () => {
  if (!shown) return;
  shown.text = [shown.text, ...shown.elsewhere].filter(Boolean).join("\n\n").toWellFormed();
  shown.settle();
  render(shown);
  area.focus();
};
element("note-discard").onclick = () => {
  shown?.settle();
  if (shown) render(shown);
  area.focus();
};
addEventListener("pagehide", flushNotes);
addEventListener("focus", () => shown?.load()); // another window may have written since
addEventListener("beforeunload", (event) => {
  if ([...notes.values()].some((note) => note.hasFailed && !note.isSaved)) event.preventDefault();
});

/** Saves what is typed and not yet saved, of all contacts. */
export function flushNotes() {
  for (const note of notes.values()) note.flush();
}

/**
 * Shows the note on a contact, and the earlier ones on other contacts of the same customer.
 *
 * @param {string} contactId
 * @param {string} number the customer's, "" for none
 */
export function showNotes(contactId, number) {
  flushNotes();
  for (const [id, note] of notes) if (note.isSaved) notes.delete(id);
  shown = notes.get(contactId) ?? new Note(contactId, number, render);
  notes.set(contactId, shown);
  render(shown);
  shown.load();
}

/** @param {Note} note */
function render(note) {
  if (note !== shown) return;
  const isBarred = note.isLocked && !note.isLoaded;
  if (isBarred) notify(note.outcome, "error");
  element("notes").hidden = isBarred;
  if (area.value !== note.text) area.value = note.text;
  area.readOnly = !note.isLoaded;
  const status = element("note-status");
  if (status.textContent !== note.outcome) status.textContent = note.outcome;
  status.dataset.kind = note.hasFailed ? "error" : "progress";

  element("elsewhere").hidden = note.elsewhere.length === 0;
  replace("elsewhere-texts", note.elsewhere.map((text) => made("p", "note-text", text)));

  element("earlier-section").hidden = note.earlier.length === 0;
  element("earlier-more").hidden = !note.more;
  replace("earlier", note.earlier.map(({ contactId, at, text }) => {
    const time = document.createElement("time");
    time.dateTime = at;
    time.textContent = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));
    const heading = made("p", "muted", "");
    heading.append(time, ` · contact ${contactId}`);
    const item = document.createElement("li");
    item.append(heading, made("p", "note-text", text));
    return item;
  }));
}

/**
 * Gives an element these children, unless it has the like: someone may be selecting in them.
 *
 * @param {string} id
 * @param {HTMLElement[]} children
 */
function replace(id, children) {
  const wanted = document.createElement("div");
  wanted.append(...children);
  if (element(id).innerHTML !== wanted.innerHTML) element(id).replaceChildren(...wanted.children);
}
