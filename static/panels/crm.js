/**
 * A CRM screen pop: shows the caller's record, puts name and picture on the contact card, follows the call.
 *
 * @import { Contact, Max } from "../max-client.js"
 */
import { connect } from "../max-client.js";
import { flushNotes, showNotes } from "./notes.js";
import { Refused, STATUSES, ask, duration, element, notify, phoneNumber, reason } from "./page.js";

/**
 * What the customer file says of someone; "" or absent where it says nothing. Columns of other names are shown as they are headed.
 *
 * @typedef {object} KnownColumns
 * @property {string} ani
 * @property {string} name
 * @property {string} [company]
 * @property {string} [email]
 * @property {string} [city]
 * @property {string} [plan]
 * @property {string} [since] ISO date
 * @property {string} [notes]
 * @property {string} [picture] its address; initials stand in for it
 * @typedef {KnownColumns & Record<string, string>} Customer
 */

/** The Status in which MAX takes a command (cxone-agent-session.md, section 3).
 * @type {Record<"hold" | "mute" | "hangup", string[]>} */
const ALLOWED = {
  hold: ["Active", "Holding"],
  mute: ["Active", "Holding", "Masking", "Joined"],
  hangup: ["Dialing", "Active", "Joined"],
};
const COMMANDS = /** @type {(keyof typeof ALLOWED)[]} */ (Object.keys(ALLOWED));

const SLOW_ANSWER = 5000; // ms

/**
 * The contact on show, in its last state even when it is over; `since` is when it took its status, in epoch ms, and `number` the
 * customer's.
 *
 * @type {{ id: string, contact: Contact, status: string, since: number, number: string } | null}
 */
let shown = null;
/** Mute is the agent's, not the contact's. */
let muted = false;
let lookup = new AbortController();

const slow = setTimeout(() => notify("The agent desktop has not answered yet. Still trying…"), SLOW_ANSWER);
try {
  const max = await connect({
    // In MAX "contact" would do. CXone Agent sends live calls with "agent", and only there (max-post-message.md, 5).
    subscriptionTypes: ["contacts", "agent"],
    contactId: new URLSearchParams(location.search).get("contactId"),
    issuer: "CRM panel",
  });
  notify("");
  follow(max, lastChange);
  max.on("contacts", () => follow(max, Date.now));
  max.on("Mute", ({ AgentMuted }) => {
    muted = AgentMuted.toLowerCase() === "true";
    renderControls();
  });
  max.on("error", (error) => notify(error.message, "error"));
  for (const command of COMMANDS) element(command, HTMLButtonElement).onclick = () => max[command]();
  setInterval(renderElapsed, 1000);
} catch (error) {
  notify(reason(error), "error");
} finally {
  clearTimeout(slow);
}

/**
 * @param {Max} max
 * @param {(contact: Contact) => number} startOf when a status that was not shown before began, in epoch ms
 */
function follow(max, startOf) {
  const id = contactToShow(max);
  const contact = max.contacts.get(id ?? "") ?? shown?.contact;
  if (!id || !contact) return;
  const isNew = id !== shown?.id;
  const status = max.contacts.has(id) ? contact.Status : "Over";
  const hasChanged = isNew || status !== shown?.status;
  const since = shown && !hasChanged ? shown.since : startOf(contact);
  const number = customerNumber(contact);
  const isAnother = isNew || number !== shown?.number;
  shown = { id, contact, status, since, number };
  renderContact();
  if (isAnother) {
    lookUp(max, id, number);
    showNotes(id, number);
  }
  if (hasChanged && status === "Over") flushNotes(); // the panel is about to close
}

/**
 * The panel's own contact; in a workspace, which has none, the one on show until a newer one follows its end.
 *
 * @param {Max} max
 */
function contactToShow({ contactId, contacts }) {
  if (contactId) return contactId;
  const current = contacts.get(shown?.id ?? "");
  if (shown && current && current.Status !== "Disconnected") return shown.id;
  return [...contacts.keys()].at(-1) ?? shown?.id;
}

/**
 * A clock ahead of ours gives no negative time.
 *
 * @param {Contact} contact
 */
function lastChange(contact) {
  const time = Date.parse(contact.LastStateChangeTimeUTC || contact.StartTimeUTC || "");
  return Math.min(time || Date.now(), Date.now());
}

/** @param {Contact} contact */
function isOutbound(contact) {
  return String(contact.IsInbound).toLowerCase() === "false";
}

/** @param {Contact} contact */
function customerNumber(contact) {
  const called = isOutbound(contact) ? contact.DNIS : contact.ANI;
  return String(called || contact.From || contact.FromAddress || "");
}

/**
 * @param {Max} max
 * @param {string} contactId
 * @param {string} number
 */
async function lookUp(max, contactId, number) {
  lookup.abort();
  lookup = new AbortController();
  const { signal } = lookup;
  const fallback = String(shown?.contact.CustomerName || "");
  // At the end of who asked, a consult is a call to a colleague; at the other end it brings the customer's number.
  if (shown?.contact.CallType === "Consult" && isOutbound(shown.contact))
    return renderUnknown(`Consult with ${number}`, "The customer is on the other call.");
  if (!number) return renderUnknown(fallback || "Unknown contact", "This contact brings no number to look up.");
  renderUnknown(fallback || phoneNumber(number), "Looking the number up…");
  try {
    const path = `/panels/crm/customer?${new URLSearchParams({ ani: number })}`;
    const customer = /** @type {Customer | null} */ (await ask(path, { signal }));
    if (customer === null) {
      const hint = "A new customer, or one who calls from another line.";
      return renderUnknown(fallback || "Unknown caller", `No record for ${phoneNumber(number)}. ${hint}`);
    }
    const name = customer.name || phoneNumber(number);
    const userImg = customer.picture || avatar(name);
    renderCustomer({ ...customer, name }, userImg);
    max.setContactCard({ name, userImg, contactId });
  } catch (error) {
    if (signal.aborted) return;
    // What to do about it the notes say, at the top.
    const isKeyless = error instanceof Refused && error.status === 401;
    const why = isKeyless ? "Who calls is shown to a panel with a key." : `The customer list could not be read: ${reason(error)}`;
    renderUnknown(fallback || phoneNumber(number), why);
  }
}

/**
 * @param {Customer} customer
 * @param {string} userImg
 */
function renderCustomer({ ani, name, company = "", email, city, plan, since, notes, picture, ...further }, userImg) {
  element("name").textContent = name;
  element("company").textContent = company;
  const portrait = element("picture", HTMLImageElement);
  portrait.onerror = () => void (portrait.src = avatar(name));
  portrait.src = userImg;
  portrait.hidden = false;
  element("no-record").hidden = true;
  renderFacts("customer", [
    ["Email", email && link(`mailto:${email}`, email)],
    ["City", city],
    ["Plan", plan],
    ["Since", since && day(since)],
    ["Notes", notes],
    ...Object.entries(further),
  ]);
  announce();
}

/**
 * An ISO date in words, anything else as it is.
 *
 * @param {string} date
 */
function day(date) {
  const isDate = /^\d{4}-\d\d-\d\d$/.test(date) && !Number.isNaN(Date.parse(date));
  return isDate ? new Intl.DateTimeFormat("en", { dateStyle: "medium", timeZone: "UTC" }).format(new Date(date)) : date;
}

/**
 * @param {string} name
 * @param {string} why
 */
function renderUnknown(name, why) {
  element("name").textContent = name;
  element("company").textContent = "";
  element("picture").hidden = true;
  element("no-record").hidden = false;
  element("no-record").textContent = why;
  renderFacts("customer", []);
  announce();
}

function renderContact() {
  if (!shown) return;
  const { contact, status } = shown;
  const [words, tone] = STATUSES[status] ?? [status, "muted"];
  if (element("status").textContent !== words) {
    element("status").textContent = words;
    element("status-line").dataset.tone = tone;
    announce();
  }
  renderElapsed();
  renderControls();
  element("no-contact").hidden = true;
  renderFacts("call", [
    ["Caller", phoneNumber(String(contact.ANI || contact.From || contact.FromAddress || ""))],
    ["Called", phoneNumber(String(contact.DNIS || contact.To || contact.PointOfContactAddress || ""))],
    ["Skill", String(contact.SkillName || contact.Skill || contact.SkillId || "")],
    ["Contact id", shown.id],
  ]);
  const variables = Array.isArray(contact.ScreenPopUrlVariables) ? contact.ScreenPopUrlVariables : [];
  element("variables-section").hidden = variables.length === 0;
  renderFacts("variables", variables.flatMap(Object.entries));
}

function renderElapsed() {
  element("elapsed").textContent = shown && shown.status !== "Over" ? duration(Date.now() - shown.since) : "";
}

function renderControls() {
  const status = shown?.contact.Type === "CallContactEvent" ? shown.status : "";
  for (const command of COMMANDS) element(command, HTMLButtonElement).disabled = !ALLOWED[command].includes(status);
  element("hold").textContent = status === "Holding" ? "Resume" : "Hold";
  element("mute").setAttribute("aria-pressed", String(muted));
}

/**
 * Fills a definition list, leaving out what is empty. An unchanged list is left alone: someone may be selecting in it.
 *
 * @param {string} id
 * @param {[term: string, value: string | HTMLElement | undefined][]} facts
 */
function renderFacts(id, facts) {
  const rows = facts.flatMap(([term, value]) => {
    if (!value) return [];
    const [dt, dd] = [document.createElement("dt"), document.createElement("dd")];
    dt.append(term);
    dd.append(value);
    return [dt, dd];
  });
  const filled = document.createElement("dl");
  filled.append(...rows);
  if (element(id).innerHTML !== filled.innerHTML) element(id).replaceChildren(...filled.children);
}

/** Says in one sentence what the page shows now. */
function announce() {
  const [name, status, unknown] = ["name", "status", "no-record"].map((id) => element(id));
  const record = unknown.hidden ? "" : unknown.textContent;
  element("announcement").textContent = `${status.textContent}: ${name.textContent}. ${record}`;
}

/**
 * @param {string} href
 * @param {string} text
 */
function link(href, text) {
  const a = document.createElement("a");
  a.href = href;
  a.append(text);
  return a;
}

/**
 * The address of a picture with the name's initials, in a colour of its own.
 *
 * @param {string} name
 */
function avatar(name) {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? [];
  const initials = [words.at(0), words.slice(1).at(-1)].map((word) => [...(word ?? "")][0] ?? "").join("");
  const hue = [...name].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360, 0);
  const svg = [
    '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96">',
    `<rect width="96" height="96" fill="hsl(${hue},45%,30%)"/>`,
    `<text x="48" y="60" fill="#fff" font-family="sans-serif" font-size="36" text-anchor="middle">${initials}</text>`,
    "</svg>",
  ].join("");
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
