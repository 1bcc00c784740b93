/**
 * The open panels and their tabs: which are open, and which one is in front.
 *
 * @import { Panel } from "./panel.js"
 */

import { OpenPanel } from "./panel.js";

const LINGERS = 1000; // ms that a closed panel stays, out of sight, to hear the end of its contact

/**
 * @typedef {object} FramesEvents
 * @property {(open: OpenPanel) => void} unloaded the windows that this panel had are no more
 * @property {(key: string) => void} loading this panel's page is loaded again
 * @property {(text: string) => void} told something is to be said to those who do not see it
 * @property {(text: string) => void} noticed something is to be shown
 * @property {() => boolean} online whether the desk is connected
 */

export class Frames {
  /** @type {Map<string, OpenPanel>} */
  #open = new Map();
  /** Those that are closed and linger.
   *  @type {Set<OpenPanel>} */
  #closing = new Set();
  /** The names of all that were ever open.
   *  @type {Map<string, string>} */
  #names = new Map();
  /** @type {string | null} */
  #selected = null;
  /** @type {string | null} */
  #focus = null;
  /** Whether the panel in front is there only because somebody types into it. */
  #held = false;
  /** What was selected when a contact was last in focus.
   *  @type {Map<string | null, string>} */
  #remembered = new Map();

  /**
   * @param {HTMLElement} frames
   * @param {HTMLElement} tabs
   * @param {HTMLElement} popOut the button that pops the panel in front out, and brings it back
   * @param {HTMLElement} none what to show when no panel is open
   * @param {FramesEvents} events
   */
  constructor(frames, tabs, popOut, none, events) {
    this.frames = frames;
    this.tabs = tabs;
    this.popOut = popOut;
    this.none = none;
    this.events = events;
    tabs.addEventListener("keydown", (event) => this.#step(event));
    document.addEventListener("focusin", ({ target }) => !(target instanceof HTMLIFrameElement) && this.#release());
    popOut.addEventListener("click", () => this.#popOutOrBack());
    // Windows that outlive the page could never be told anything again.
    addEventListener("pagehide", () => {
      for (const open of [...this.#open.values(), ...this.#closing]) if (open.isAway) open.end();
    });
  }

  /**
   * The panel whose own window this is.
   *
   * @param {Window} source
   */
  panelOf(source) {
    for (const open of this.#open.values()) if (open.owns(source)) return open;
    for (const open of this.#closing) if (open.owns(source)) return open;
    return null;
  }

  /** The address of each open panel by its key. */
  get addresses() {
    return Object.fromEntries([...this.#open].map(([key, { panel }]) => [key, panel.url]));
  }

  /** @param {string} key */
  nameOf(key) {
    return this.#names.get(key) ?? key;
  }

  /**
   * @param {string} key
   * @param {string} text
   * @param {boolean} shows
   */
  trouble(key, text, shows) {
    this.#open.get(key)?.trouble(text, shows);
  }

  /**
   * Open what is new, close what is gone; a panel that stays is left alone.
   *
   * @param {Panel[]} panels
   */
  show(panels) {
    const wanted = new Map(panels.map((panel) => [panel.key, panel]));
    for (const [key, { panel }] of [...this.#open]) {
      if (!wanted.has(key)) this.#close(key, LINGERS);
      // The settings may name another workspace. A contact panel's address is that of its contact's first event.
      else if (panel.contact === null && panel.url !== wanted.get(key)?.url) this.#close(key, 0);
    }
    for (const panel of panels) if (!this.#open.has(panel.key)) this.#openPanel(panel);
    this.#order(panels);
    this.#arrange();
  }

  /**
   * Another contact is in focus: its panels come to the front, unless that would take the keyboard from somebody.
   *
   * @param {string | null} contact
   */
  focus(contact) {
    const before = this.#front();
    this.#focus = contact;
    // Who types into a panel goes on to do so; the contact's own comes to the front when the keyboard comes back to the desk.
    this.#held = before !== undefined && before.hasKeyboard && this.#shown().includes(before);
    this.#selected = (this.#held ? before?.panel.key : this.#remembered.get(contact)) ?? null;
    this.#arrange();
  }

  #release() {
    if (!this.#held) return;
    this.#held = false;
    this.#selected = this.#remembered.get(this.#focus) ?? null;
    this.#arrange();
  }

  /** Close every panel: what their pages know is of a history that is gone. The next view opens them anew. */
  closeAll() {
    for (const key of [...this.#open.keys()]) this.#close(key, 0);
    this.#arrange();
  }

  /** @param {Panel} panel */
  #openPanel(panel) {
    const { key } = panel;
    /** @type {OpenPanel} */
    const open = new OpenPanel(panel, {
      selected: () => this.#select(key),
      unloaded: () => this.events.unloaded(open),
      loading: () => this.events.loading(key),
      moved: () => this.#arrange(),
      told: (text) => open === this.#front() && this.events.told(text),
      noticed: (text) => this.events.noticed(text),
      online: () => this.events.online(),
    });
    this.#open.set(key, open);
    this.#names.set(key, panel.name);
    this.frames.append(open.place);
  }

  /**
   * The tabs in the order of the panels. One that stands where it should is left alone, for it may have the focus.
   *
   * @param {Panel[]} panels
   */
  #order(panels) {
    panels.forEach(({ key }, place) => {
      const tab = /** @type {OpenPanel} */ (this.#open.get(key)).tab;
      if (this.tabs.children[place] !== tab) this.tabs.insertBefore(tab, this.tabs.children[place] ?? null);
    });
  }

  /**
   * @param {string} key
   * @param {number} lingers ms until the page in it ends
   */
  #close(key, lingers) {
    const open = this.#open.get(key);
    if (open === undefined) return;
    open.linger();
    this.#open.delete(key);
    this.#closing.add(open);
    const end = () => {
      this.#closing.delete(open);
      open.end();
    };
    if (lingers > 0) setTimeout(end, lingers);
    else end();
    if (open.panel.contact !== null) this.#remembered.delete(open.panel.contact);
  }

  /** @param {string} key */
  #select(key) {
    this.#selected = key;
    this.#remembered.set(this.#focus, key);
    this.#arrange();
  }

  #popOutOrBack() {
    const front = this.#front();
    if (front?.isAway) front.bringBack();
    else if (front?.popOut() === false) {
      this.events.noticed("The browser allows this page no window of its own. Allow pop-ups for it, and try again.");
    }
  }

  /** Tabs stand for the panels of the contact in focus and the workspaces; one of them is in front. */
  #shown() {
    const all = [...this.#open.values()];
    return [
      ...all.filter(({ panel }) => panel.contact !== null && panel.contact === this.#focus),
      ...all.filter(({ panel }) => panel.contact === null),
    ];
  }

  #front() {
    const shown = this.#shown();
    return shown.find(({ panel }) => panel.key === this.#selected) ?? shown.at(0);
  }

  #arrange() {
    const [shown, front] = [this.#shown(), this.#front()];
    this.none.hidden = front !== undefined;
    this.tabs.hidden = front === undefined;
    this.popOut.hidden = front === undefined;
    const words = front?.isAway ? "Bring back" : "Pop out";
    if (this.popOut.lastElementChild?.textContent !== words) this.popOut.lastElementChild?.replaceChildren(words);
    for (const open of this.#open.values()) {
      const { place, tab } = open;
      tab.hidden = !shown.includes(open);
      tab.classList.toggle("away", open.isAway);
      tab.setAttribute("aria-selected", String(open === front));
      tab.tabIndex = open === front ? 0 : -1;
      place.classList.toggle("behind", open !== front);
      place.inert = open !== front;
    }
  }

  /** @param {KeyboardEvent} event */
  #step(event) {
    const shown = this.#shown();
    const at = shown.findIndex(({ tab }) => tab === document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    const { panel, tab } = shown[(to + shown.length) % shown.length];
    this.#select(panel.key);
    tab.focus();
  }
}
