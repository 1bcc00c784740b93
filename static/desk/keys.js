/** The operator's pages by keyboard: shortcuts, which stand on the controls that they press, and arrows through lists. */

/** Keys with Alt and Shift that lead somewhere rather than press something: the first of these that is there takes the focus. */
const PLACES = new Map([
  ["C", [".row[aria-current]", ".row", "#new-contact-button"]],
  ["T", ["[role=tab][aria-selected=true]"]],
  ["F", ["#filter"]],
  ["W", ["#chat textarea"]],
  ["O", ["#disposition select"]],
]);

export function listenForKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.altKey && event.shiftKey && !event.ctrlKey && !event.metaKey) shortcut(event);
    else if (!event.altKey && !event.ctrlKey && !event.metaKey) step(event);
  });
}

/** @param {KeyboardEvent} event */
function shortcut(event) {
  if (document.querySelector("dialog[open]") !== null) return;
  const key = keyOf(event);
  const places = PLACES.get(key);
  const control = places ? first(places) : pressable(`[aria-keyshortcuts="Alt+Shift+${CSS.escape(key)}"]`);
  if (control === undefined) return;
  event.preventDefault();
  // A menu gives the focus back to what had it.
  if (places || control.hasAttribute("popovertarget")) control.focus();
  if (!places) control.click();
}

/**
 * The letter, whatever the system makes of it together with Alt.
 *
 * @param {KeyboardEvent} event
 */
function keyOf({ key, code }) {
  if (/^[a-z?]$/i.test(key)) return key.toUpperCase();
  if (code === "Slash") return "?";
  return code.startsWith("Key") ? code.slice(3) : key;
}

/** @param {string[]} selectors */
function first(selectors) {
  for (const selector of selectors) {
    const found = pressable(selector);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @param {string} selector */
function pressable(selector) {
  const all = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(selector));
  return [...all].find((element) => element.checkVisibility());
}

/**
 * Up and down, Home and End in a menu or the list of contacts.
 *
 * @param {KeyboardEvent} event
 */
function step(event) {
  const list = event.target instanceof Element ? event.target.closest("[data-steps]") : null;
  if (list === null) return;
  const buttons = [...list.querySelectorAll("button")];
  const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
  const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[event.key];
  if (to === undefined || buttons.length === 0) return;
  event.preventDefault();
  buttons.at(to % buttons.length)?.focus();
}
