/** What the panels that ship have in common: their page's elements, words for a contact, and questions to their own server. */

/**
 * Words and tone for a Status; others show as they come.
 *
 * @type {Record<string, [words: string, tone: string]>}
 */
export const STATUSES = {
  Incoming: ["Incoming", "accent"],
  Ringing: ["Ringing", "accent"],
  Dialing: ["Dialing", "accent"],
  Active: ["Active", "good"],
  Holding: ["On hold", "warm"],
  Masking: ["Active, recording masked", "good"],
  Joined: ["In conference", "good"],
  Disconnected: ["After-call work", "warm"],
  Over: ["Ended", "muted"],
};

/** An answer of the server that is no success: its problem's `detail`, and the HTTP status. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.name = "Refused";
    this.status = status;
  }
}

const key = takeKey();
// A key that is added to the address of an open panel loads nothing by itself.
addEventListener("hashchange", () => {
  if (takeKey() !== key) location.reload();
});

/**
 * The key from the address's fragment, which never leaves the browser, or from before a reload. It moves out of the address into
 * the history entry. That is this frame's alone, whereas sessionStorage is copied to a window that another site's panel in the
 * same tab opens, and refused to framed pages by some browsers. Who pushes history states spreads `history.state` into them.
 *
 * @returns {string | null}
 */
function takeKey() {
  const fragment = location.hash.slice(1);
  const given = new URLSearchParams(fragment.replaceAll("+", "%2B")).get("key"); // a plus sign stands for itself
  if (!given) return history.state?.key ?? null;
  const rest = fragment.split("&").filter((part) => !part.startsWith("key=")).join("&");
  history.replaceState({ ...history.state, key: given }, "", location.pathname + location.search + (rest && `#${rest}`));
  return given;
}

/**
 * Asks the panel's own server and shows it the panel's key. Rejects with `Refused` for an answer that is no success (without a
 * key that fits it is a 401, which says what to do), with the signal's reason when that aborts, and with an Error that says so
 * when the server cannot be reached.
 *
 * @param {string} path
 * @param {RequestInit & { headers?: Record<string, string> }} [init] a body is JSON text
 * @returns {Promise<any>} the JSON of the answer; null for one without content
 */
export async function ask(path, init = {}) {
  const headers = { ...init.headers, ...(key && { Authorization: `Bearer ${key}` }) };
  const response = await fetch(path, {
    ...init,
    headers: init.body == null ? headers : { ...headers, "Content-Type": "application/json" },
  }).catch((error) => {
    throw init.signal?.aborted ? error : new Error("The server does not answer. Is deskbridge still running?");
  });
  if (response.status === 204) return null;
  if (response.ok) return response.json();
  const { detail } = await response.json().catch(() => ({}));
  throw new Refused(response.status, detail || `The server answered ${response.status} ${response.statusText}`.trimEnd() + ".");
}

/**
 * @param {string} text "" hides the notice
 * @param {"progress" | "error"} kind
 */
export function notify(text, kind = "progress") {
  const notice = element("notice");
  notice.textContent = text;
  notice.dataset.kind = kind;
  notice.hidden = text === "";
}

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function element(id, type = /** @type {new () => any} */ (HTMLElement)) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`The page has no #${id} of that kind.`);
  return found;
}

/**
 * What an error says, whatever was thrown.
 *
 * @param {unknown} error
 */
export function reason(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Minutes and seconds, with hours in front from the first hour on.
 *
 * @param {number} milliseconds
 */
export function duration(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
  if (seconds >= 3600) parts.unshift(Math.floor(seconds / 3600));
  return parts.map((part, index) => (index ? String(part).padStart(2, "0") : part)).join(":");
}

/**
 * North American numbers grouped, others as they are.
 *
 * @param {string} number
 */
export function phoneNumber(number) {
  return number.replace(/^(?:\+?1)?(\d{3})(\d{3})(\d{4})$/, "+1 $1-$2-$3");
}
