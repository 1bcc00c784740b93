/**
 * The panels' windows: who posted a message, what each window has registered, and what it is owed. The rules are the server's;
 * this numbers the windows, passes messages on in both directions, and remembers registrations over a reconnect.
 *
 * @import { OpenPanel } from "./panel.js"
 *
 * @typedef {{second: number, messages: number}} Pace how many messages came in which second
 *
 * @typedef {object} Known
 * @property {number} number
 * @property {Window} window
 * @property {OpenPanel} panel
 * @property {object | null} registration the server's word for what stands; nothing here reads it
 * @property {number | null} contactId of the window's messages
 * @property {number} since the offset from which on it is owed events
 * @property {number} unregistered the sequence number of its last unregistration
 * @property {number[]} queued the sequence numbers of what it registered while the desk was offline
 * @property {Pace} pace
 */

import { encode } from "./encode.js";

const MOST_TEXT = 200_000; // characters of one message that a panel posts
const HIGHEST_ANCESTOR = 16;
const MOST_A_SECOND = 5000; // messages of one window
const MOST_OF_STRANGERS = 20; // messages a second
const COMMANDS = new Set(["AnswerEvent", "RefuseEvent", "HoldEvent", "MuteEvent", "MaskEvent", "RecordEvent", "HangupEvent"]);
const WHILE_OFFLINE = new Set(["RegisterForClientEvents", "UnregisterFromClientEvents", "ContactCardData"]);

export class Windows {
  /** @type {Map<Window, Known>} */
  #byWindow = new Map();
  /** @type {Map<number, Known>} */
  #byNumber = new Map();
  #numbers = 0;
  /** The panel of every window that there ever was.
   *  @type {Map<number, string>} */
  #panels = new Map();
  /** @type {Pace} */
  #strangers = { second: 0, messages: 0 };

  /**
   * @param {string} issuer the desktop's name in every message
   * @param {import("./link.js").Link} link
   * @param {object} desk
   * @param {(window: Window) => OpenPanel | null} desk.panelOf the panel whose own window this is
   * @param {(text: string) => void} desk.notice tells the person at the desk
   */
  constructor(issuer, link, desk) {
    this.issuer = issuer;
    this.link = link;
    this.desk = desk;
    addEventListener("message", (message) => this.#posted(message));
  }

  /**
   * The key of the panel that a window is or was of.
   *
   * @param {number} number
   */
  panelOfNumber(number) {
    return this.#panels.get(number);
  }

  /** The windows with a registration, for a server that begins anew with this page. */
  held() {
    this.#forget([...this.#byNumber.values()].filter((known) => known.window.closed));
    return [...this.#byNumber.values()]
      .filter(({ registration }) => registration !== null)
      .map(({ number, registration, since }) => ({ window: number, registration, since }));
  }

  /**
   * One whole message for one window: an acknowledgement, with the registration that stands from now on, if any.
   *
   * @param {{seq: number, window: number, message: {contactId: number | null, events: any[]}, registration: object | null, since: number}} post
   */
  post({ seq, window, message, registration, since }) {
    const known = this.#byNumber.get(window);
    if (known === undefined) return;
    // The window may have unregistered while its acknowledgement was under way.
    if (registration !== null && seq > known.unregistered) {
      Object.assign(known, { registration, since, contactId: message.contactId });
      known.panel.registered();
    }
    const refusal = message.events.find(({ status }) => status === "ERROR");
    if (refusal !== undefined) known.panel.refused(refusal.reason);
    known.window.postMessage(message, "*");
  }

  /**
   * The events of a batch, and who gets which: each message is a list of runs [start, end, start, end, ...] of places in `e`.
   *
   * @param {{o: number, e: object[], to: [number[], number[]][]}} batch
   */
  deliver({ o: offset, e: events, to }) {
    for (const [numbers, runs] of to) {
      const its = runs.length === 2 ? events.slice(runs[0], runs[1]) : pick(events, runs);
      for (const number of numbers) {
        const known = this.#byNumber.get(number);
        // A window may have registered anew while the batch was under way: what is older stands in its acknowledgement.
        if (known === undefined || known.registration === null || offset <= known.since) continue;
        if (known.window.closed) {
          this.#forget([known]);
          continue;
        }
        known.window.postMessage({ issuer: this.issuer, contactId: known.contactId, events: its }, "*");
      }
    }
  }

  /**
   * A panel closed, or loads its page anew: the windows that it had are no more.
   *
   * @param {OpenPanel} panel
   */
  close(panel) {
    this.#forget([...this.#byNumber.values()].filter((known) => known.panel === panel));
  }

  /** @param {Known[]} gone windows that are no more */
  #forget(gone) {
    for (const known of gone) {
      this.#byNumber.delete(known.number);
      this.#byWindow.delete(known.window);
    }
    if (gone.length > 0) this.link.tell({ t: "gone", windows: gone.map(({ number }) => number) });
  }

  /** @param {MessageEvent} message */
  #posted({ source, data, origin }) {
    // A message of the desk's own window, or of a frame that is gone, comes from no panel and needs no word.
    if (source === null || source === window) return;
    const known = this.#known(/** @type {Window} */ (source));
    if (this.#isTooFast(known)) return;
    const text = encode(data);
    if (text.length > MOST_TEXT) {
      this.desk.notice(`A message of ${text.length} characters from ${origin} was dropped: ${MOST_TEXT} is the most that the desk passes on.`);
      return;
    }
    const messageType = data?.messageType;
    if (known === null) {
      this.link.tell({ t: "posted", seq: 0, window: null, panel: null, origin, data: JSON.parse(text) });
      return;
    }
    if (!this.link.connected && !WHILE_OFFLINE.has(messageType)) {
      if (COMMANDS.has(messageType)) this.desk.notice(`${messageType} from a panel was dropped: the desk is not connected to its server.`);
      return;
    }
    const { number, panel } = known;
    const rest = `"window":${number},"panel":${JSON.stringify(panel.panel.key)},"origin":${JSON.stringify(origin)},"data":${text}}`;
    /** @param {number} seq */
    const write = (seq) => `{"t":"posted","seq":${seq},${rest}`;
    if (messageType === "UnregisterFromClientEvents") {
      this.link.takeBack(known.queued.splice(0));
      // The window is sent nothing more from here on, so the server may hear of it with what comes next.
      Object.assign(known, { registration: null, unregistered: this.link.sendAtLeisure(write) });
      if (!this.link.connected) known.queued.push(known.unregistered);
    } else {
      const seq = this.link.send(write);
      if (!this.link.connected) known.queued.push(seq);
    }
  }

  /**
   * Whether more comes than the desk passes on. Of a panel's window the person at the desk is told once; all who are no panel's
   * share a pace that leaves the panels' messages room in the wire log.
   *
   * @param {Known | null} known
   */
  #isTooFast(known) {
    const [pace, most] = known === null ? [this.#strangers, MOST_OF_STRANGERS] : [known.pace, MOST_A_SECOND];
    const second = Math.floor(performance.now() / 1000);
    if (pace.second !== second) Object.assign(pace, { second, messages: 0 });
    pace.messages += 1;
    if (known !== null && pace.messages === most + 1) {
      this.desk.notice(`A panel posts more than ${most} messages a second. What is above that is dropped.`);
    }
    return pace.messages > most;
  }

  /**
   * The window, if it is one of a panel's or below one; it is numbered when it first speaks. The same Window object is the same
   * window, whatever page it shows by now.
   *
   * @param {Window} source
   */
  #known(source) {
    const known = this.#byWindow.get(source);
    if (known !== undefined) return known;
    const panel = this.#panelAbove(source);
    if (panel === null) return null;
    /** @type {Known} */
    const fresh = { number: ++this.#numbers, window: source, panel, registration: null, contactId: null, since: 0, unregistered: 0, queued: [], pace: { second: 0, messages: 0 } };
    this.#byWindow.set(source, fresh);
    this.#byNumber.set(fresh.number, fresh);
    this.#panels.set(fresh.number, panel.panel.key);
    panel.spoke();
    return fresh;
  }

  /** @param {Window} source */
  #panelAbove(source) {
    let above = source;
    for (let i = 0; i < HIGHEST_ANCESTOR; i++) {
      const panel = this.desk.panelOf(above);
      if (panel !== null) return panel;
      if (above.parent === above) return null;
      above = above.parent;
    }
    return null;
  }
}

/**
 * @param {object[]} events
 * @param {number[]} runs
 */
function pick(events, runs) {
  /** @type {object[]} */
  const picked = [];
  for (let i = 0; i < runs.length; i += 2) picked.push(...events.slice(runs[i], runs[i + 1]));
  return picked;
}
