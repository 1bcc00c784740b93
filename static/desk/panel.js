/**
 * One open panel: its tab, and its page, which is in a frame or popped out into a window of its own. A live iframe is never moved,
 * only hidden: moving one reloads it. A page that is popped out, or brought back, is loaded anew.
 *
 * @typedef {{key: string, name: string, url: string, contact: string | null}} Panel
 * @typedef {object} PanelEvents
 * @property {() => void} selected its tab was pressed
 * @property {() => void} unloaded the windows that it had are no more
 * @property {() => void} loading its page is loaded again, on somebody's wish
 * @property {() => void} moved it was popped out or came back
 */

const SILENT_AFTER = 8000; // ms after which a page that has not registered is taken to need a word
const WATCHED_EVERY = 500; // ms between two looks at whether a window of its own is still open: no event tells
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

  get isAway() {
    return this.#popup !== null;
  }

  /** Into a window of its own. False if the browser allowed none. */
  popOut() {
    const popup = window.open(this.panel.url, "_blank", SIZE);
    if (popup === null) return false;
    this.#unload();
    this.#popup = popup;
    this.#watching = setInterval(() => popup.closed && this.bringBack(), WATCHED_EVERY);
    const advice = this.#advise("away");
    field(advice, ".said").textContent = this.panel.name;
    field(advice, "[data-back]").addEventListener("click", () => this.bringBack());
    field(advice, "[data-show]").addEventListener("click", () => popup.focus());
    this.#watchForSilence();
    this.events.moved();
    return true;
  }

  bringBack() {
    this.#unload();
    this.#load();
    this.events.moved();
  }

  /** Load its page again. */
  reload() {
    this.#unload();
    this.#load();
  }

  /** Its page has posted something, so it came, whatever the server was told when it asked for it. */
  spoke() {
    this.#spoke = true;
    if (this.#advice?.classList.contains("trouble")) this.#unadvise();
  }

  /** Its page has registered: it needs no word about that. */
  registered() {
    clearTimeout(this.#silence);
    if (this.#advice?.classList.contains("silent")) this.#unadvise();
  }

  /**
   * Why the panel shows nothing, or not what it should.
   *
   * @param {string} text
   * @param {boolean} shows whether something may come all the same
   */
  trouble(text, shows) {
    if (this.#spoke || this.isAway) return;
    clearTimeout(this.#silence);
    const advice = this.#advise("trouble");
    advice.classList.toggle("over", !shows);
    field(advice, "strong").textContent = shows ? "Something is wrong with this panel's page." : "This panel shows nothing.";
    field(advice, "[data-dismiss]").textContent = shows ? "Dismiss" : "Show the page anyway";
    field(advice, ".said").textContent = text;
    field(advice, "[data-again]").addEventListener("click", () => {
      this.reload();
      this.events.loading();
    });
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
    this.#spoke = false;
    this.events.unloaded();
  }

  #watchForSilence() {
    this.#silence = setTimeout(() => {
      if (this.#advice === null) this.#advise("silent");
    }, SILENT_AFTER);
  }

  /** @param {"trouble" | "silent" | "away"} kind */
  #advise(kind) {
    this.#unadvise();
    const template = /** @type {HTMLTemplateElement} */ (document.getElementById(kind));
    const advice = /** @type {HTMLElement} */ (document.importNode(template.content, true).firstElementChild);
    advice.querySelector("[data-dismiss]")?.addEventListener("click", () => this.#unadvise());
    this.place.prepend(advice);
    this.#advice = advice;
    return advice;
  }

  #unadvise() {
    this.#advice?.remove();
    this.#advice = null;
  }
}

/**
 * @param {HTMLElement} advice
 * @param {string} selector
 */
function field(advice, selector) {
  return /** @type {HTMLElement} */ (advice.querySelector(selector));
}
