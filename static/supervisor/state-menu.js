/** The menu behind an agent's state: another state, or the end of the session, which is asked about first. */

export class StateMenu {
  /** The row's button that opened it.
   *  @type {HTMLElement | null} */
  #opener = null;

  /**
   * @param {HTMLElement} menu
   * @param {HTMLDialogElement} dialog
   * @param {(verb: string, args: Record<string, unknown>) => void} act
   */
  constructor(menu, dialog, act) {
    this.menu = menu;
    menu.addEventListener("toggle", (event) => {
      if (event.newState === "open") /** @type {HTMLElement | null} */ (menu.querySelector("[aria-current]") ?? menu.querySelector("button"))?.focus();
    });
    menu.addEventListener("click", (event) => {
      const chosen = event.target instanceof Element ? event.target.closest("button") : null;
      const { agent } = this.#opener?.dataset ?? {};
      if (chosen === null || agent === undefined) return;
      menu.hidePopover();
      if (chosen.dataset.do === "state") act("state", { agent, state: chosen.dataset.state, reason: chosen.dataset.reason });
      else this.#ask(dialog);
    });
    dialog.addEventListener("close", () => {
      if (dialog.returnValue === "log-out") act("log-out", { agent: dialog.dataset.agent });
    });
  }

  /** @param {HTMLElement} control */
  has(control) {
    return this.menu.contains(control);
  }

  /** @param {HTMLElement} opener */
  open(opener) {
    this.#opener = opener;
    for (const item of this.menu.querySelectorAll("button")) {
      const itsState = `${item.dataset.state}/${item.dataset.reason}`;
      if (itsState === opener.dataset.current) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
    }
    this.menu.showPopover();
    const { left, top, bottom } = opener.getBoundingClientRect();
    const below = bottom + this.menu.offsetHeight <= innerHeight;
    this.menu.style.left = `${Math.max(8, Math.min(left, innerWidth - this.menu.offsetWidth - 8))}px`;
    this.menu.style.top = `${Math.max(8, below ? bottom : top - this.menu.offsetHeight)}px`;
  }

  /** @param {HTMLDialogElement} dialog */
  #ask(dialog) {
    const { agent, name, has } = this.#opener?.dataset ?? {};
    const [title, contacts] = [dialog.querySelector("h2"), dialog.querySelector(".has")];
    if (title !== null) title.textContent = `Log ${name === agent ? `agent ${agent}` : `${name} (${agent})`} out?`;
    if (contacts !== null) contacts.textContent = has ? `What the agent has ends with it: ${has}.` : "The agent has no contacts.";
    dialog.dataset.agent = agent;
    dialog.returnValue = "";
    dialog.showModal();
  }
}
