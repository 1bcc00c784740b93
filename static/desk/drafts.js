/**
 * What the person typed for each contact and has not sent. This tab keeps it over a reload. It goes with its contact, and with the
 * history that the contact is of: in another one its id may be somebody else's.
 */

/** @template Draft */
export class Drafts {
  /** @type {Map<string, Draft>} */
  #drafts = new Map();
  /** The history that they are of.
   *  @type {string | null} */
  #epoch = null;

  /** @param {string} name what they are drafts of */
  constructor(name) {
    this.key = `deskbridge.${name}.${document.body.dataset.agent}`;
  }

  /** @param {string} epoch the history that the page is of now */
  begin(epoch) {
    if (epoch === this.#epoch) return;
    this.#drafts = new Map(this.#epoch === null ? this.#stored(epoch) : []);
    this.#epoch = epoch;
    this.#store();
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

  /**
   * Those from before the reload, if they are of this history.
   *
   * @param {string} epoch
   * @returns {[string, Draft][]}
   */
  #stored(epoch) {
    try {
      const stored = JSON.parse(sessionStorage.getItem(this.key) ?? "{}");
      return stored.epoch === epoch ? stored.drafts : [];
    } catch {
      return []; // storage is switched off
    }
  }

  #store() {
    try {
      if (this.#drafts.size === 0) sessionStorage.removeItem(this.key);
      else sessionStorage.setItem(this.key, JSON.stringify({ epoch: this.#epoch, drafts: [...this.#drafts] }));
    } catch {
      // storage is switched off, or full: they last as long as the page
    }
  }
}
