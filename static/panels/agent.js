/**
 * What the panels that follow the agent read from events alike (cxone-agent-session.md, section 2).
 *
 * @import { AgentState, WireEvent } from "../max-client.js"
 */

/** The events with which a session ends: no AgentState comes with them. */
export const SESSION_ENDS = ["AgentSessionEnd", "RemoteAgentSessionEnd"];

/** The agent's state after one. @type {AgentState} */
export const LOGGED_OUT = { Type: "AgentState", CurrentState: "LoggedOut" };

/**
 * A wire flag: "True" in any case, or "On".
 *
 * @param {unknown} flag
 */
export function isTrue(flag) {
  return /^(true|on)$/i.test(String(flag));
}

/**
 * After-call work is Unavailable with a flag.
 *
 * @param {AgentState | null} state
 */
export function isAcw(state) {
  return state?.CurrentState === "Unavailable" && isTrue(state.IsAcw);
}

/**
 * Words and tone for the agent's state. As MAX does, they call every state on a contact Working.
 *
 * @param {AgentState | null} state
 * @returns {[words: string, tone: string]}
 */
export function stateInWords(state) {
  if (!state?.CurrentState) return ["Agent state not known yet", "muted"];
  if (isAcw(state)) return ["After-call work", "warm"];
  switch (state.CurrentState) {
    case "Available":
      return ["Available", "good"];
    case "Unavailable":
      return [withReason("Unavailable", state.CurrentOutReason), "warm"];
    case "LoggedOut":
      return ["Logged out", "muted"];
    default:
      return ["Working", "accent"];
  }
}

/**
 * The state that comes after the present one, "" if the agent asked for none.
 *
 * @param {AgentState | null} state
 */
export function nextInWords(state) {
  const next = Array.isArray(state?.NextStates) ? state.NextStates[0] : undefined;
  return next?.State ? withReason(next.State, next.OutReason) : "";
}

/**
 * @param {string} state
 * @param {unknown} reason
 */
function withReason(state, reason) {
  return reason ? `${state} · ${reason}` : state;
}

/**
 * When what an event tells began, in epoch ms. A clock ahead of ours gives no time to come.
 *
 * @param {WireEvent} event
 */
export function beginning(event) {
  const time = Date.parse(String(event.LastStateChangeTimeUTC || event.StartTimeUTC || ""));
  return Math.min(time || Date.now(), Date.now());
}

/**
 * Says what changed to those who do not see it, once for all changes of a moment: `say` keeps only the last words, and puts them
 * into the live region when there is a pause.
 *
 * @param {HTMLElement} region
 * @param {number} [pause] ms
 */
export function announcer(region, pause = 500) {
  let timer = 0;
  return (/** @type {string} */ words) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (region.textContent !== words) region.textContent = words;
    }, pause);
  };
}
