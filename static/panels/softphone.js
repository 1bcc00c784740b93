/**
 * A softphone: every command that MAX takes from a panel, each as a button that says whether it fits the call now.
 *
 * Commands name no contact; they act on the contact in focus, which the wire does not tell (max-post-message.md, section 2). So the
 * call in focus is presumed, and a command that changes nothing is owned up to.
 *
 * @import { CallContactEvent, Max } from "../max-client.js"
 */
import { connect } from "../max-client.js";
import { announcer, beginning, isAcw, isTrue, LOGGED_OUT, nextInWords, SESSION_ENDS, stateInWords } from "./agent.js";
import { made } from "./elements.js";
import { ask, duration, element, notify, phoneNumber, reason, STATUSES } from "./page.js";

/** @typedef {"answer" | "refuse" | "hold" | "mute" | "mask" | "record" | "hangup"} Command */

/** The Status in which a call takes a command (cxone-agent-session.md, section 3).
 * @type {Record<Command, string[]>} */
const ALLOWED = {
  answer: ["Incoming"],
  refuse: ["Incoming"],
  hold: ["Active", "Holding"],
  mute: ["Active", "Holding", "Masking", "Joined"],
  mask: ["Active", "Masking", "Joined"],
  record: ["Active", "Masking", "Joined"],
  hangup: ["Dialing", "Active", "Joined"],
};
const COMMANDS = /** @type {Command[]} */ (Object.keys(ALLOWED));
const ENDED = ["Disconnected", "CallBackDisconnected"];
/** One that the agent turned to most likely: a call talked on is in focus sooner than one that waits. */
const TURNED_TO = ["Active", "Masking", "Joined", "Dialing"];

const SLOW_ANSWER = 5000; // ms
const NO_EFFECT = 4000; // ms in which a command should show

const say = announcer(element("announcement"));

/** What is known of a call beyond its events: `since` is when it took its status, in epoch ms.
 * @typedef {{ call: CallContactEvent, since: number }} Line */

/** Calls by contact id, oldest first; one in after-call work is among them.
 * @type {Map<string, Line>} */
let lines = new Map();
/** The contact id of the call that is presumed to be in focus.
 * @type {string | null} */
let presumed = null;
/** Mute is the agent's, not the call's, and no state tells it at registration: known from the first change on. */
let muted = false;
let agentSince = Date.now();
/** Names by id; a skill without one is shown by its id.
 * @type {Record<string, string>} */
let skills = {};
/** Commands whose effect is waited for, with the timer that gives up. @type {Map<Command, number>} */
const sent = new Map();

nameSkills();
const slow = setTimeout(() => notify("The agent desktop has not answered yet. Still trying…"), SLOW_ANSWER);
try {
  const max = await connect({
    subscriptionTypes: ["agent", "contacts"],
    contactId: new URLSearchParams(location.search).get("contactId"),
    issuer: "Softphone panel",
  });
  notify("");
  follow(max, beginning);
  renderAgent(max, beginning);
  max.on("contacts", () => follow(max, Date.now));
  max.on("AgentState", () => renderAgent(max, Date.now));
  max.on("Mute", ({ AgentMuted }) => {
    muted = isTrue(AgentMuted);
    took("mute");
    renderControls();
  });
  max.on("AgentSessionStart", () => {
    muted = false;
    renderControls();
  });
  for (const end of SESSION_ENDS) max.on(end, () => renderAgent({ agentState: LOGGED_OUT }, Date.now));
  max.on("error", (error) => notify(error.message, "error"));
  for (const command of COMMANDS) element(command).addEventListener("click", () => carryOut(max, command));
  setInterval(renderClocks, 1000);
} catch (error) {
  element("agent-state").textContent = "Not connected";
  notify(reason(error), "error");
} finally {
  clearTimeout(slow);
}

/** Under another desktop than ours there is nobody to ask, and ids do. */
async function nameSkills() {
  try {
    skills = await ask("/panels/softphone/skills");
    renderCall();
    renderCalls();
  } catch (error) {
    console.info(`Skills are shown by their id: ${reason(error)}`);
  }
}

// What happens

/**
 * @param {Max} max
 * @param {(call: CallContactEvent) => number} startOf when a status that was not shown before began, in epoch ms
 */
function follow({ contactId, contacts }, startOf) {
  const before = lines;
  lines = new Map();
  for (const [id, contact] of contacts) {
    if (contact.Type !== "CallContactEvent") continue;
    const call = /** @type {CallContactEvent} */ (contact);
    const old = before.get(id);
    lines.set(id, { call, since: old?.call.Status === call.Status ? old.since : startOf(call) });
  }
  const changed = [...lines.keys()].filter((id) => before.get(id)?.call.Status !== lines.get(id)?.call.Status);
  presumed = inFocus(contactId, changed);
  tookEffect(before);
  renderCall();
  renderCalls();
  renderControls();
  if (changed.length > 0 || lines.size !== before.size) announce();
}

/**
 * The call presumed to be in focus. A contact panel is seen while its contact is. Else focus follows what the agent turns to, stays
 * until that has ended, and goes to the newest of what is left, as our platform does.
 *
 * @param {string | null} own the panel's own contact
 * @param {string[]} changed the calls whose Status is new, oldest first
 */
function inFocus(own, changed) {
  if (own && lines.has(own)) return own;
  const turnedTo = changed.findLast((id) => TURNED_TO.includes(lines.get(id)?.call.Status ?? ""));
  if (turnedTo) return turnedTo;
  if (presumed && lines.has(presumed)) return presumed;
  return [...lines.keys()].at(-1) ?? null;
}

/** The call that Answer and Refuse are for: the one in focus if it rings, else the oldest that does. */
function ringing() {
  const all = [...lines].filter(([, { call }]) => call.Status === "Incoming");
  return all.find(([id]) => id === presumed) ?? all[0] ?? null;
}

/** @param {Command} command */
function target(command) {
  if (command === "answer" || command === "refuse") return ringing()?.[1] ?? null;
  return lines.get(presumed ?? "") ?? null;
}

/** @param {Command} command */
function isPossible(command) {
  const call = target(command)?.call;
  if (!call || !ALLOWED[command].includes(call.Status)) return false;
  return command !== "record" || !isTrue(call.IsLogging);
}

// Commands

/**
 * A toggle pressed twice in a hurry would undo itself, so one that is under way takes no second press.
 *
 * @param {Max} max
 * @param {Command} command
 */
function carryOut(max, command) {
  if (!isPossible(command) || sent.has(command)) return;
  notify("");
  sent.set(command, setTimeout(() => hadNoEffect(command), NO_EFFECT));
  renderControls();
  max[command]();
}

/** @param {Map<string, Line>} before */
function tookEffect(before) {
  for (const command of sent.keys()) {
    if (command === "mute") continue; // that shows as an event of its own
    const shows = [...before].some(([id, { call: old }]) => {
      const call = lines.get(id)?.call;
      if (!ALLOWED[command].includes(old.Status)) return false;
      return call?.Status !== old.Status || (command === "record" && isTrue(call?.IsLogging) && !isTrue(old.IsLogging));
    });
    if (shows) took(command);
  }
}

/** @param {Command} command */
function took(command) {
  clearTimeout(sent.get(command));
  sent.delete(command);
}

/** @param {Command} command */
function hadNoEffect(command) {
  took(command);
  renderControls();
  const name = element(command).textContent.trim();
  const why =
    command === "hangup" && muted
      ? "CXone Agent takes it only while you are not muted."
      : "Another contact may be in focus at the desk, or a permission is missing.";
  notify(`${name} changed nothing. ${why}`, "error");
}

// What is shown

/**
 * @param {Pick<Max, "agentState">} max
 * @param {(state: import("../max-client.js").AgentState) => number} startOf
 */
function renderAgent({ agentState }, startOf) {
  const [words, tone] = stateInWords(agentState);
  const seconds = isAcw(agentState) ? Number(agentState?.AcwTimeout) : 0;
  if (element("agent-state").textContent !== words && agentState) agentSince = startOf(agentState);
  element("agent-state").textContent = words;
  element("agent").dataset.tone = tone;
  element("agent-clock").dataset.seconds = String(seconds || "");
  const next = nextInWords(agentState);
  element("next").textContent = `Next: ${next}`;
  element("next").hidden = next === "";
  renderClocks();
}

function renderCall() {
  const line = lines.get(presumed ?? "");
  element("party").textContent = line ? party(line.call) : "No call";
  element("detail").replaceChildren(...(line ? inParts(detail(line.call)) : ["Calls appear here as they come."]));
  element("call-status").hidden = !line;
  if (line) {
    const [words, tone] = STATUSES[line.call.Status] ?? [line.call.Status, "muted"];
    element("status").textContent = words;
    element("call-status").dataset.tone = tone;
  }
  const rings = ringing();
  element("ringing").hidden = !rings || rings[0] === presumed;
  element("ringing").replaceChildren(...(rings ? inParts([`Incoming: ${party(rings[1].call)}`, ...brief(rings[1].call)]) : []));
  renderClocks();
}

/** A call keeps its row for as long as it lives. */
function renderCalls() {
  const live = [...lines].filter(([, { call }]) => !ENDED.includes(call.Status));
  const several = live.length > 1;
  element("calls").replaceChildren(...live.map(([id, line]) => row(id, line, several && id === presumed)));
  element("no-calls").hidden = live.length > 0;
  element("focus-hint").hidden = !several;
  renderClocks();
}

/**
 * @param {string} id
 * @param {Line} line
 * @param {boolean} marked
 */
function row(id, { call, since }, marked) {
  const [words, tone] = STATUSES[call.Status] ?? [call.Status, "muted"];
  const item = made("li", "row");
  item.dataset.contact = id;
  if (marked) item.setAttribute("aria-current", "true");
  const status = made("p", "status");
  status.dataset.tone = tone;
  const clock = made("span", "clock");
  clock.dataset.since = String(since);
  status.append(made("span", "", words), clock);
  const about = made("p", "muted");
  about.append(...inParts(brief(call)));
  item.append(made("p", "row-party", party(call)), status, about);
  if (marked) item.append(made("p", "mark", "Likely in focus"));
  return item;
}

function renderControls() {
  for (const command of COMMANDS) {
    const button = element(command);
    button.setAttribute("aria-disabled", String(!isPossible(command)));
    if (sent.has(command)) button.setAttribute("aria-busy", "true");
    else button.removeAttribute("aria-busy");
  }
  const call = lines.get(presumed ?? "")?.call;
  const pressed = {
    hold: call?.Status === "Holding",
    mute: muted,
    mask: call?.Status === "Masking",
    record: isTrue(call?.IsLogging),
  };
  for (const [id, is] of Object.entries(pressed)) element(id).setAttribute("aria-pressed", String(is));
  element("muted-hint").hidden = !(muted && isPossible("hangup"));
}

function renderClocks() {
  const now = Date.now();
  const line = lines.get(presumed ?? "");
  element("clock").textContent = line ? duration(now - line.since) : "";
  for (const clock of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#calls .clock"))) {
    clock.textContent = duration(now - Number(clock.dataset.since));
  }
  const seconds = Number(element("agent-clock").dataset.seconds);
  const elapsed = now - agentSince;
  element("agent-clock").textContent = seconds ? `${duration(Math.max(0, seconds * 1000 - elapsed))} left` : duration(elapsed);
}

/** Says what matters most: a call that rings, else the one in focus. */
function announce() {
  const rings = ringing();
  const line = lines.get(presumed ?? "");
  if (rings) say(`Incoming call from ${party(rings[1].call)}. ${brief(rings[1].call).join(", ")}`);
  else say(line ? `${party(line.call)}: ${element("status").textContent}` : "No call");
}

/** @param {CallContactEvent} call */
function isOutbound(call) {
  return String(call.IsInbound).toLowerCase() === "false";
}

/** @param {CallContactEvent} call */
function party(call) {
  return phoneNumber(String((isOutbound(call) ? call.DNIS : call.ANI) || "")) || "Unknown number";
}

/** @param {CallContactEvent} call */
function brief(call) {
  const way = isOutbound(call) ? "Outbound" : "Inbound";
  return call.Skill ? [skills[call.Skill] ?? `Skill ${call.Skill}`, way] : [way];
}

/** @param {CallContactEvent} call */
function detail(call) {
  return call.DNIS && !isOutbound(call) ? [...brief(call), `to ${phoneNumber(call.DNIS)}`] : brief(call);
}

/**
 * Parts that a narrow pane breaks between, and not within a number.
 *
 * @param {string[]} parts
 */
function inParts(parts) {
  return parts.flatMap((part, at) => [...(at ? [" · "] : []), made("span", "part", part)]);
}
