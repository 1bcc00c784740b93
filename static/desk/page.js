/** What the operator's pages have in common. */

/** @typedef {import("./link.js").Link} Link */
/** @typedef {import("./notices.js").Notices} Notices */

/** @param {string} id */
export function element(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element #${id}`);
  return found;
}

/** Where the focus goes when its control is gone, the first that there is. None of them acts on a call when Enter is pressed twice. */
const NEXT = [".controls[tabindex]", ".row[aria-current]", "#new-contact-button"];

export function focusNext() {
  const next = NEXT.map((selector) => document.querySelector(selector)).find((found) => found !== null);
  if (next instanceof HTMLElement) next.focus();
}

/** A new page's id, which nobody can guess. */
export function newPageId() {
  // crypto.randomUUID would need a secure context, which http on another host is not.
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} path of the socket, on the server that the page is of */
export function socketAddress(path) {
  return `${location.protocol.replace("http", "ws")}//${location.host}${path}`;
}

/**
 * Ask the server for something, if there is one to ask.
 *
 * @callback Act
 * @param {string} verb
 * @param {Record<string, unknown>} args
 * @param {(refused: string | null) => void} answered
 */

/**
 * The page's controls. `act` asks for something; `press` asks for what a `data-do` says, its other data being what it needs, and
 * shows a refusal.
 *
 * @param {Link} link
 * @param {Notices} notices
 */
export function controls(link, notices) {
  /** @type {Act} */
  function act(verb, args, answered) {
    if (!link.connected) {
      answered("The page is not connected to its server. Nothing was sent.");
      return;
    }
    link.send(
      (seq) => JSON.stringify({ t: "do", seq, verb, args }),
      (ok) => answered(ok.refused ?? null),
    );
  }

  /** @param {HTMLElement} control */
  function press(control) {
    if (control.getAttribute("aria-busy") === "true") return;
    if (control.getAttribute("aria-disabled") === "true") {
      notices.show(control.title);
      return;
    }
    const { do: verb = "", ...args } = control.dataset;
    control.setAttribute("aria-busy", "true");
    act(verb, args, (refused) => {
      control.removeAttribute("aria-busy");
      if (refused !== null) notices.show(refused);
    });
    /** @type {HTMLElement | null} */ (control.closest("[popover]"))?.hidePopover();
  }

  return { act, press };
}

/**
 * Show how the page stands with its server, in `#connection`.
 *
 * @param {"connecting" | "connected" | "cut"} state
 * @param {Notices} notices
 */
export function showConnection(state, notices) {
  const connection = element("connection");
  const before = connection.dataset.state;
  if (before === "cut" && state === "connecting") return;
  const words = { connecting: "Connecting", connected: "Connected", cut: "Not connected. Trying again" }[state];
  connection.dataset.state = state;
  connection.lastElementChild?.replaceChildren(words);
  if (state === "cut" && before !== "cut") notices.say(["The page lost its server and tries again"], []);
  if (state === "connected" && before === "cut") notices.say(["The page is connected again"], []);
}
