/**
 * What the person typed for each contact and has not sent. This tab keeps it over a reload. It goes with its contact, and with the
 * history that the contact is of: in another one its id may be somebody else's.
 */

import { storedToken } from "./token.js";

/** The agent whose events are asked for. There need be none: it is the epoch that is wanted, which is the same for all. */
const NOBODY = "-";

/** @template Draft */
export class Drafts {
  /** @type {Map<string, Draft>} */
  #drafts = new Map();
  /** The history that they are of. It counts once it is `#sure`: it may have ended whenever the socket was cut.
   *  @type {string | null} */
  #epoch = null;
  #sure = false;
  /** The answer to the question for it, which is asked once for each socket.
   *  @type {Promise<string | null> | null} */
  #asked = null;
  /** Those from before the reload, until it is known whether their history goes on.
   *  @type {{epoch: string, drafts: [string, Draft][]} | null} */
  #before = null;

  /**
   * @param {string} name what they are drafts of
   * @param {() => void} changed some came from before the reload, or went with their history
   */
  constructor(name, changed) {
    this.key = `deskbridge.${name}.${document.body.dataset.agent}`;
    this.changed = changed;
    try {
      this.#before = JSON.parse(sessionStorage.getItem(this.key) ?? "null");
    } catch {
      // storage is switched off
    }
  }

  /** A socket is new, and may be that of another history. */
  connected() {
    this.#sure = false;
    this.#asked = null;
    if (this.#drafts.size === 0) this.#epoch = null;
    if (this.#drafts.size > 0 || this.#before !== null) void this.#ask();
  }

  /** @param {string} contact */
  get(contact) {
    return this.#drafts.get(contact);
  }

  /**
   * @param {string} contact
   * @param {Draft} draft
   */
  set(contact, draft) {
    this.#drafts.set(contact, draft);
    this.#store();
  }

  /** @param {string} contact */
  delete(contact) {
    if (this.#drafts.delete(contact)) this.#store();
  }

  /** @param {Set<string>} contacts all that there are: the drafts of others are of no use any more */
  keepThoseOf(contacts) {
    for (const contact of this.#drafts.keys()) if (!contacts.has(contact)) this.delete(contact);
  }

  #store() {
    if (!this.#sure) {
      void this.#ask();
      return;
    }
    try {
      if (this.#drafts.size === 0) sessionStorage.removeItem(this.key);
      else sessionStorage.setItem(this.key, JSON.stringify({ epoch: this.#epoch, drafts: [...this.#drafts] }));
    } catch {
      // storage is switched off, or full: they last as long as the page
    }
  }

  async #ask() {
    const asked = (this.#asked ??= askForEpoch());
    const epoch = await asked;
    if (epoch === null || asked !== this.#asked || this.#sure) return;
    const ended = this.#epoch !== null && this.#epoch !== epoch;
    if (ended) this.#drafts.clear();
    const before = this.#before?.epoch === epoch ? this.#before.drafts : [];
    this.#drafts = new Map([...before, ...this.#drafts]);
    [this.#epoch, this.#sure, this.#before] = [epoch, true, null];
    this.#store();
    if (ended || before.length > 0) this.changed();
  }
}

async function askForEpoch() {
  try {
    const token = storedToken();
    const answer = await fetch(`/api/v1/agents/${NOBODY}/events`, { headers: token === null ? {} : { Authorization: `Bearer ${token}` } });
    return answer.ok ? String((await answer.json()).epoch) : null;
  } catch {
    return null; // the server has gone again: the next socket asks anew
  }
}
