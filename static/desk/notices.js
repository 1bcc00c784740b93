/** What the person at the desk is told: notices that stay a while, and words for those who do not see the page. */

const STAY = 8000; // ms
const GATHER = 300; // ms in which what is to be said comes together

export class Notices {
  /** @type {string[]} */
  #polite = [];
  #gathering = 0;
  /** @type {Set<string>} */
  #told = new Set();

  /**
   * @param {HTMLElement} list
   * @param {HTMLElement} polite
   * @param {HTMLElement} urgent
   */
  constructor(list, polite, urgent) {
    this.list = list;
    this.polite = polite;
    this.urgent = urgent;
  }

  /** @param {string} text told the first time only */
  showOnce(text) {
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.show(text);
  }

  /** @param {string} text said at once: it is about what the person does just now */
  warn(text) {
    this.#add(text);
    this.say([], [text]);
  }

  /** @param {string} text */
  show(text) {
    this.#add(text);
    this.say([text], []);
  }

  /** @param {string} text */
  #add(text) {
    const notice = document.createElement("p");
    notice.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "×";
    close.setAttribute("aria-label", "Dismiss");
    close.onclick = () => notice.remove();
    notice.append(close);
    this.list.append(notice);
    setTimeout(() => notice.remove(), STAY);
  }

  /**
   * @param {string[]} polite
   * @param {string[]} urgent
   */
  say(polite, urgent) {
    if (urgent.length > 0) this.urgent.textContent = urgent.join(". ");
    if (polite.length === 0) return;
    this.#polite.push(...polite);
    clearTimeout(this.#gathering);
    this.#gathering = setTimeout(() => {
      this.polite.textContent = this.#polite.join(". ");
      this.#polite = [];
    }, GATHER);
  }
}
