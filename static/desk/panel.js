/**
 * One open panel: its tab, and its page, which is in a frame or popped out into a window of its own. A live iframe is never moved,
 * only hidden: moving one reloads it. A page that is popped out, or brought back, is loaded anew.
 *
 * @typedef {{key: string, name: string, url: string, contact: string | null}} Panel
 * @typedef {object} PanelEvents
 * @property {() => void} selected its tab was pressed
 * @property {() => void} unloaded the windows that it had are no more
 * @property {() => void} loading its page is loaded again
 * @property {() => void} moved it was popped out or came back
 * @property {(text: string) => void} told something is to be said of it to those who do not see it
 * @property {(text: string) => void} noticed something is to be shown of it
 * @property {() => boolean} online whether the desk could answer what its page posts
 */

const SILENT_AFTER = 8000; // ms after which a page that has not registered is taken to need a word
const WATCHED_EVERY = 500; // ms between two looks at whether a window of its own is still open: no event tells
const SEVERED_WITHIN = 3000; // ms in which no person closes a window that just opened
const SIZE = "popup,width=720,height=760";

export class OpenPanel {
  /** @type {HTMLIFrameElement | null} */
  #frame = null;
  /** @type {Window | null} */
  #popup = null;
  #watching = 0;
  #silence = 0;
  /** @type {HTMLElement | null} */
  #advice = null;
  #spoke = false;
  #registered = false;
  /** What the person wants to read no more.
   *  @type {Set<string>} */
  #dismissed = new Set();

  /**
   * @param {Panel} panel
   * @param {PanelEvents} events
   */
  constructor(panel, events) {
    this.panel = panel;
    this.events = events;
    this.tab = document.createElement("button");
    this.tab.type = "button";
    this.tab.id = `tab-${panel.key}`;
    this.tab.textContent = panel.name;
    this.tab.setAttribute("role", "tab");
    this.tab.addEventListener("click", () => events.selected());
    this.place = document.createElement("div");
    this.place.id = `panel-${panel.key}`;
    this.place.className = "panel";
    this.place.setAttribute("role", "tabpanel");
    this.place.setAttribute("aria-labelledby", this.tab.id);
    this.tab.setAttribute("aria-controls", this.place.id);
    this.#load();
  }

  /**
   * Whether this is the panel's own window.
   *
   * @param {Window} source
   */
  owns(source) {
    return this.#frame?.contentWindow === source || this.#popup === source;
  }

  /** Whether the person's keyboard is in its frame. */
  get hasKeyboard() {
    return this.#frame !== null && document.activeElement === this.#frame;
  }

  get isAway() {
    return this.#popup !== null;
  }

  /** Into a window of its own. False if the browser allowed none. */
  popOut() {
    const popup = window.open(this.panel.url, "_blank", SIZE);
    if (popup === null) return false;
    this.#unload();
    this.#popup = popup;
    const opened = performance.now();
    this.#watching = setInterval(() => popup.closed && this.#closed(opened), WATCHED_EVERY);
    const advice = this.#advise("away");
    field(advice, ".said").textContent = this.panel.name;
    field(advice, "[data-back]").addEventListener("click", () => this.bringBack());
    field(advice, "[data-show]").addEventListener("click", () => popup.focus());
    this.#watchForSilence();
    this.events.moved();
    return true;
  }

  bringBack() {
    this.reload();
    this.events.moved();
  }

  /** Load its page again, in the desk. */
  reload() {
    this.#unload();
    this.#load();
    this.events.loading();
  }

  /** Its page has posted something, so it came, whatever the server was told when it asked for it. */
  spoke() {
    this.#spoke = true;
    if (this.#advice?.classList.contains("trouble")) this.#unadvise();
  }

  /** Its page has registered: it needs no word about that. */
  registered() {
    this.#registered = true;
    clearTimeout(this.#silence);
    if (this.#advice?.classList.contains("silent")) this.#unadvise();
    if (this.#advice?.classList.contains("away")) field(this.#advice, "[data-silent]").hidden = true;
  }

  /**
   * A registration of its page was answered with an ERROR.
   *
   * @param {string} reason
   */
  refused(reason) {
    clearTimeout(this.#silence);
    if (this.#registered || this.isAway || this.#dismissed.has(reason)) return;
    const advice = this.#advise("refused");
    field(advice, ".said").textContent = reason;
    this.#dismissible(advice, reason);
  }

  /**
   * Why the panel shows nothing, or not what it should.
   *
   * @param {string} text
   * @param {boolean} shows whether something may come all the same
   */
  trouble(text, shows) {
    if (this.#spoke || this.isAway || this.#dismissed.has(text)) return;
    clearTimeout(this.#silence);
    const advice = this.#advise("trouble");
    advice.classList.toggle("over", !shows);
    field(advice, "strong").textContent = shows ? "Something is wrong with this panel's page." : "This panel shows nothing.";
    field(advice, "[data-dismiss]").textContent = shows ? "Dismiss" : "Show the page anyway";
    field(advice, ".said").textContent = text;
    field(advice, "[data-again]").addEventListener("click", () => this.reload());
    this.#dismissible(advice, text);
  }

  /** Its contact is over: it stays a moment, out of sight, to hear so. */
  linger() {
    clearInterval(this.#watching);
    clearTimeout(this.#silence);
    this.tab.remove();
    this.place.removeAttribute("id"); // another panel may have it by now
    this.place.classList.add("behind");
    this.place.inert = true;
  }

  /** The panel is no more. */
  end() {
    this.#unload();
    this.place.remove();
    this.tab.remove();
  }

  #load() {
    this.#frame = document.createElement("iframe");
    this.#frame.title = this.panel.name;
    this.#frame.src = this.panel.url;
    this.#frame.allow = "clipboard-write; fullscreen";
    this.place.append(this.#frame);
    this.#watchForSilence();
  }

  #unload() {
    clearInterval(this.#watching);
    clearTimeout(this.#silence);
    this.#unadvise();
    this.#popup?.close();
    this.#popup = null;
    this.#frame?.remove();
    this.#frame = null;
    this.#spoke = this.#registered = false;
    this.#dismissed.clear();
    this.events.unloaded();
  }

  /** @param {number} opened when its window was opened, of performance.now() */
  #closed(opened) {
    if (performance.now() - opened < SEVERED_WITHIN) {
      this.events.noticed(
        `${this.panel.name} was closed at once, or cut itself off from the desk: a page that sends Cross-Origin-Opener-Policy: same-origin ` +
          "cannot be popped out. Close its window if it is still open.",
      );
    }
    this.bringBack();
  }

  #watchForSilence() {
    this.#silence = setTimeout(() => {
      if (!this.events.online()) this.#watchForSilence(); // nobody could have answered it
      else if (this.#advice === null && !this.#dismissed.has("silent")) this.#dismissible(this.#advise("silent"), "silent");
      else if (this.#advice?.classList.contains("away")) field(this.#advice, "[data-silent]").hidden = false;
    }, SILENT_AFTER);
  }

  /** @param {"trouble" | "silent" | "refused" | "away"} kind */
  #advise(kind) {
    this.#unadvise();
    const template = /** @type {HTMLTemplateElement} */ (document.getElementById(kind));
    const advice = /** @type {HTMLElement} */ (document.importNode(template.content, true).firstElementChild);
    this.place.prepend(advice);
    this.#advice = advice;
    // Once it has its words.
    queueMicrotask(() => this.events.told(`${this.panel.name}: ${advice.querySelector("p")?.textContent?.replace(/\s+/g, " ").trim()}`));
    return advice;
  }

  /**
   * @param {HTMLElement} advice
   * @param {string} what is to be read no more once it is dismissed
   */
  #dismissible(advice, what) {
    field(advice, "[data-dismiss]").addEventListener("click", () => {
      this.#dismissed.add(what);
      this.#unadvise();
    });
  }

  #unadvise() {
    const focused = this.#advice?.contains(document.activeElement);
    this.#advice?.remove();
    this.#advice = null;
    if (focused) this.tab.focus();
  }
}

/**
 * @param {HTMLElement} advice
 * @param {string} selector
 */
function field(advice, selector) {
  return /** @type {HTMLElement} */ (advice.querySelector(selector));
}
