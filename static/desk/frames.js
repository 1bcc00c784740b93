/**
 * The panels' frames and their tabs. A live iframe is never moved or made anew, only hidden: moving one reloads it.
 *
 * @typedef {{key: string, name: string, url: string, contact: string | null}} Panel
 */

const LINGERS = 1000; // ms that a closed panel stays, out of sight, to hear the end of its contact

export class Frames {
  /** @type {Map<string, {panel: Panel, place: HTMLElement, frame: HTMLIFrameElement, tab: HTMLButtonElement}>} */
  #open = new Map();
  /** @type {string | null} */
  #selected = null;
  /** @type {string | null} */
  #focus = null;
  /** What was selected when a contact was last in focus.
   *  @type {Map<string | null, string>} */
  #remembered = new Map();

  /**
   * @param {HTMLElement} frames
   * @param {HTMLElement} tabs
   * @param {HTMLElement} none what to show when no panel is open
   * @param {(key: string) => void} closed a panel is no more
   */
  constructor(frames, tabs, none, closed) {
    this.frames = frames;
    this.tabs = tabs;
    this.none = none;
    this.closed = closed;
    tabs.addEventListener("keydown", (event) => this.#step(event));
  }

  /**
   * The key of the panel whose own window this is.
   *
   * @param {Window} source
   */
  panelOf(source) {
    for (const [key, { frame }] of this.#open) if (frame.contentWindow === source) return key;
    return null;
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
      // A server that was started again may have other workspaces. A contact panel's address is that of its contact's first event.
      else if (panel.contact === null && panel.url !== wanted.get(key)?.url) this.#close(key, 0);
    }
    for (const panel of panels) if (!this.#open.has(panel.key)) this.#openPanel(panel);
    this.#arrange();
  }

  /**
   * Another contact is in focus: its panels come to the front.
   *
   * @param {string | null} contact
   */
  focus(contact) {
    this.#focus = contact;
    this.#selected = this.#remembered.get(contact) ?? null;
    this.#arrange();
  }

  /** Load every panel anew: what their pages know is of a history that is gone. */
  reload() {
    const panels = [...this.#open.values()].map(({ panel }) => panel);
    for (const { key } of panels) this.#close(key, 0);
    this.show(panels);
  }

  /** @param {Panel} panel */
  #openPanel(panel) {
    const frame = document.createElement("iframe");
    frame.title = panel.name;
    frame.src = panel.url;
    frame.allow = "clipboard-write; fullscreen";
    const tab = document.createElement("button");
    tab.type = "button";
    tab.id = `tab-${panel.key}`;
    tab.textContent = panel.name;
    tab.setAttribute("role", "tab");
    tab.addEventListener("click", () => this.#select(panel.key));
    const place = document.createElement("div");
    place.id = `panel-${panel.key}`;
    place.className = "panel";
    place.setAttribute("role", "tabpanel");
    place.setAttribute("aria-labelledby", tab.id);
    tab.setAttribute("aria-controls", place.id);
    place.append(frame);
    this.#open.set(panel.key, { panel, place, frame, tab });
    this.frames.append(place);
    const firstWorkspace = [...this.#open.values()].find((open) => open.panel.contact === null && open.tab.parentNode !== null);
    this.tabs.insertBefore(tab, panel.contact === null ? null : (firstWorkspace?.tab ?? null));
  }

  /**
   * @param {string} key
   * @param {number} lingers ms until the page in it ends
   */
  #close(key, lingers) {
    const open = this.#open.get(key);
    if (open === undefined) return;
    open.tab.remove();
    open.place.classList.add("behind");
    open.place.inert = true;
    this.#open.delete(key);
    const end = () => {
      open.place.remove();
      this.closed(key);
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

  /** Tabs stand for the panels of the contact in focus and the workspaces; one of them is in front. */
  #arrange() {
    const all = [...this.#open.values()];
    const shown = [
      ...all.filter(({ panel }) => panel.contact !== null && panel.contact === this.#focus),
      ...all.filter(({ panel }) => panel.contact === null),
    ];
    const front = shown.find(({ panel }) => panel.key === this.#selected) ?? shown[0];
    this.none.hidden = front !== undefined;
    this.tabs.hidden = front === undefined;
    for (const open of this.#open.values()) {
      const { place, tab } = open;
      tab.hidden = !shown.includes(open);
      tab.setAttribute("aria-selected", String(open === front));
      tab.tabIndex = open === front ? 0 : -1;
      place.classList.toggle("behind", open !== front);
      place.inert = open !== front;
    }
  }

  /** @param {KeyboardEvent} event */
  #step(event) {
    const inOrder = [...this.tabs.children];
    const shown = [...this.#open.values()]
      .filter(({ tab }) => !tab.hidden)
      .sort((one, other) => inOrder.indexOf(one.tab) - inOrder.indexOf(other.tab));
    const at = shown.findIndex(({ tab }) => tab === document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    const { panel, tab } = shown[(to + shown.length) % shown.length];
    this.#select(panel.key);
    tab.focus();
  }
}
