/**
 * A knowledge base that follows the agent: articles for the skill of the contact at hand come first, those for wrapping up during
 * after-call work. Events change what is suggested and never what the agent reads or types.
 *
 * @import { Contact, Max } from "../max-client.js"
 */
import { connect } from "../max-client.js";
import { announcer, isAcw, LOGGED_OUT, SESSION_ENDS, stateInWords } from "./agent.js";
import { made } from "./elements.js";
import { ask, element, notify, reason } from "./page.js";

/**
 * @typedef {object} Listed an article in a list
 * @property {string} id
 * @property {string} title
 * @property {string[]} skills
 * @property {string[]} tags
 * @property {boolean} forSkill the article names the skill that was asked for
 * @property {string[]} snippet text; every second part is a hit
 *
 * @typedef {object} ArticleList
 * @property {string | null} skill its name
 * @property {Listed[]} articles
 * @property {{ file: string, reason: string }[]} skipped
 * @property {boolean} loose no article has all the words
 *
 * @typedef {{ heading: string, articles: Listed[] }} Group
 */

const ARTICLES = "/panels/knowledge/articles";
const WRAP_UP = "wrap-up";
const TYPING = 150; // ms without a key until the search begins

/** What the agent has to do with first of all, and its words; a contact's Status stands in one of these.
 * @type {[statuses: string[], words: (noun: string) => string, tone: string][]} */
const PHASES = [
  [["Active", "Masking", "Joined"], (noun) => `On a ${noun}`, "good"],
  [["Incoming", "Ringing", "Inviting", "Waiting"], (noun) => `Incoming ${noun}`, "accent"],
  [["Dialing"], () => "Dialing", "accent"],
  [["Holding", "Interrupted"], (noun) => `${noun[0].toUpperCase()}${noun.slice(1)} on hold`, "warm"],
];

/** @type {Record<string, string>} */
const NOUNS = {
  CallContactEvent: "call",
  ChatContactEvent: "chat",
  TextContactEvent: "chat",
  DigitalContactEvent: "chat",
  EmailContactEvent: "mail",
  VoiceMailContactEvent: "voicemail",
  WorkItemContactEvent: "work item",
};

const list = element("list");
const query = element("query", HTMLInputElement);
const say = announcer(element("announcement"));

/** What the agent is at, as the top line tells it. `skill` is what the wire calls the contact's, "" without one.
 * @type {{ words: string, tone: string, skill: string, wrappingUp: boolean }} */
let now = { words: "", tone: "muted", skill: "", wrappingUp: false };
/** `asked` is the skill that it was asked for.
 * @type {ArticleList & { asked: string } | null} */
let suggested = null;
/** What the words in the search box lead to; null while there are none.
 * @type {ArticleList | null} */
let found = null;
/** What keeps the list from being shown, "" for nothing. */
let trouble = "";
/** The article that is open. @type {string | null} */
let reading = null;

let suggesting = new AbortController();
let searching = new AbortController();
let opening = new AbortController();
let typing = 0;

query.addEventListener("input", searchSoon);
element("search", HTMLFormElement).addEventListener("submit", openFirst);
element("shelf").addEventListener("keydown", byKey);
list.addEventListener("click", ({ target }) => openFrom(target));
element("text").addEventListener("click", ({ target }) => openFrom(target));
element("back").addEventListener("click", close);

suggest();
try {
  const max = await connect({ subscriptionTypes: ["agent", "contacts"], issuer: "Knowledge panel" });
  follow(max);
  max.on("contacts", () => follow(max));
  max.on("AgentState", () => follow(max));
  for (const end of SESSION_ENDS) max.on(end, () => follow({ contacts: max.contacts, agentState: LOGGED_OUT }));
  max.on("error", (error) => notify(error.message, "error"));
} catch (error) {
  element("state").textContent = "Not connected";
  notify(reason(error), "error");
}

/** @param {Pick<Max, "contacts" | "agentState">} max */
function follow({ contacts, agentState }) {
  const before = now;
  const contact = atHand([...contacts.values()]);
  const skill = String(contact?.Skill || contact?.SkillId || contact?.SkillName || "");
  const wrappingUp = contact ? contact.Status === "Disconnected" : isAcw(agentState);
  const [words, tone] = wrappingUp ? ["After-call work", "warm"] : contact ? inWords(contact) : stateInWords(agentState);
  now = { words, tone, skill, wrappingUp };
  renderState();
  if (skill !== before.skill) suggest();
  else if (wrappingUp !== before.wrappingUp) renderSuggestions();
}

/**
 * The contact that the agent most likely works on, for the one in focus is not on the wire: one they talk on, else one that rings,
 * one on hold, one in after-call work; the newest of several.
 *
 * @param {Contact[]} contacts oldest first
 */
function atHand(contacts) {
  const order = [...PHASES.map(([statuses]) => statuses), ["Disconnected"]];
  for (const statuses of order) {
    const newest = contacts.findLast(({ Status }) => statuses.includes(Status));
    if (newest) return newest;
  }
  return contacts.at(-1);
}

/**
 * @param {Contact} contact
 * @returns {[words: string, tone: string]}
 */
function inWords({ Type, Status }) {
  const noun = NOUNS[Type] ?? "contact";
  const phase = PHASES.find(([statuses]) => statuses.includes(Status));
  return phase ? [phase[1](noun), phase[2]] : [`On a ${noun}`, "accent"];
}

/** The skill has its name from the server, and is left out until that has answered. */
function renderState() {
  if (!now.words) return; // not connected yet
  const line = [now.words, suggested?.asked === now.skill && suggested.skill].filter(Boolean).join(" · ");
  if (element("state").textContent !== line) element("state").textContent = line;
  element("following").dataset.tone = now.tone;
}

// Lists

/** Asks for the articles to suggest now. */
async function suggest() {
  suggesting.abort();
  suggesting = new AbortController();
  const { signal } = suggesting;
  const asked = now.skill;
  try {
    const answer = await articles({ skill: asked }, signal);
    [suggested, trouble] = [{ ...answer, asked }, ""];
  } catch (error) {
    if (signal.aborted) return;
    [suggested, trouble] = [null, reason(error)];
  }
  renderState();
  renderSuggestions();
}

function renderSuggestions() {
  if (query.value.trim()) return;
  renderList();
  const first = groups()[0];
  if (first && now.words) say(`${element("state").textContent}. ${first.heading}: ${counted(first.articles.length, "article")}.`);
}

function searchSoon() {
  clearTimeout(typing);
  if (!query.value.trim()) return void search();
  typing = setTimeout(search, TYPING);
}

/** Lists what the words in the box lead to. False when other words came in the meantime, or the server failed. */
async function search() {
  clearTimeout(typing);
  searching.abort();
  searching = new AbortController();
  const { signal } = searching;
  const words = query.value.trim();
  try {
    found = words ? await articles({ q: words, skill: now.skill }, signal) : null;
    trouble = "";
  } catch (error) {
    if (signal.aborted) return false;
    [found, trouble] = [null, reason(error)];
  }
  renderList();
  if (words) say(trouble || (found?.articles.length ? `${resultsHeading(found)}.` : "Nothing found."));
  return !trouble;
}

/** Enter opens the best result, of the words as they stand now.
 * @param {Event} event */
async function openFirst(event) {
  event.preventDefault();
  if (query.value.trim() && (await search())) items()[0]?.click();
}

/**
 * @param {Record<string, string>} asked
 * @param {AbortSignal} signal
 * @returns {Promise<ArticleList>}
 */
function articles(asked, signal) {
  return ask(`${ARTICLES}?${new URLSearchParams(asked)}`, { signal });
}

/** The list as it should be now: what was searched for, else what is suggested.
 * @returns {Group[]} */
function groups() {
  if (query.value.trim()) return found?.articles.length ? [{ heading: resultsHeading(found), articles: found.articles }] : [];
  if (!suggested) return [];
  const { articles: all, skill: name } = suggested;
  const forWrapUp = now.wrappingUp ? all.filter(({ tags }) => tags.includes(WRAP_UP)) : [];
  const rest = all.filter((article) => !forWrapUp.includes(article));
  const forSkill = rest.filter((article) => article.forSkill);
  const others = rest.filter((article) => !article.forSkill);
  const some = [
    { heading: "After-call work", articles: forWrapUp },
    { heading: `For ${name}`, articles: forSkill },
  ].filter((group) => group.articles.length > 0);
  const last = { heading: some.length ? "More articles" : "All articles", articles: others };
  return others.length ? [...some, last] : some;
}

/** @param {ArticleList} answer */
function resultsHeading({ articles: { length }, loose }) {
  return loose ? "No article has all these words. Closest" : counted(length, "result");
}

/** Shows the list without moving what is focused or where it is scrolled to. One that says the same is left alone: someone may be
 * reading in it. */
function renderList() {
  const shown = groups();
  const fresh = document.createElement("div");
  fresh.append(...shown.map(groupElement), ...remarks(shown));
  if (fresh.innerHTML === list.innerHTML) return;
  const focused = items().find((item) => item === document.activeElement)?.dataset.article;
  const { scrollTop } = list;
  list.replaceChildren(...fresh.children);
  list.scrollTop = scrollTop;
  if (focused) items().find(({ dataset }) => dataset.article === focused)?.focus({ preventScroll: true });
}

/**
 * @param {Group} group
 * @param {number} index
 */
function groupElement({ heading, articles: listed }, index) {
  const section = made("section", "group");
  const title = made("h2", "", heading);
  title.id = `group-${index}`;
  section.setAttribute("aria-labelledby", title.id);
  const rows = made("ul", "rows");
  rows.append(...listed.map(row));
  section.append(title, rows);
  return section;
}

/** @param {Listed} article */
function row({ id, title, skills, snippet }) {
  const button = made("button", "title", title);
  button.setAttribute("type", "button");
  button.dataset.article = id;
  if (id === reading) button.setAttribute("aria-current", "true");
  const text = made("p", "snippet");
  text.append(...snippet.map((part, at) => (at % 2 ? made("mark", "", part) : part)));
  const item = made("li", "row");
  item.append(button, ...(skills.length ? [made("p", "badges", skills.join(", "))] : []), text);
  return item;
}

/**
 * What there is to say of the list beside its articles.
 *
 * @param {Group[]} shown
 */
function remarks(shown) {
  const words = query.value.trim();
  const said = [];
  if (trouble) said.push(made("p", "trouble", trouble));
  else if (!(words ? found : suggested)) said.push(made("p", "muted", "Reading the articles…"));
  else if (shown.length === 0 && words) said.push(made("p", "muted", `Nothing found for “${words}”. Try fewer or other words.`));
  else if (shown.length === 0) said.push(made("p", "muted", "The folder of articles is empty."));
  if (!words) {
    for (const { file, reason: why } of suggested?.skipped ?? []) said.push(made("p", "muted", `${file} is left out: ${why}.`));
  }
  return said;
}

/** The list's buttons, in order. */
function items() {
  return /** @type {HTMLButtonElement[]} */ ([...list.querySelectorAll("button[data-article]")]);
}

// Keys

/** Arrows walk from the search box through the list and back, Escape goes back or clears the search.
 * @param {KeyboardEvent} event */
function byKey(event) {
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  const target = /** @type {HTMLElement} */ (event.target);
  const inList = list.contains(target);
  if (event.key === "Escape") {
    if (element("article").contains(target)) close();
    else if (query.value) clear();
    else return;
    event.preventDefault();
  } else if (target === query || inList) {
    const at = items().findIndex((item) => item === target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: inList ? 0 : NaN, End: inList ? items().length - 1 : NaN }[event.key];
    if (to === undefined || Number.isNaN(to) || (target === query && to < 0)) return;
    event.preventDefault();
    (to < 0 ? query : items()[to])?.focus();
  }
}

function clear() {
  query.value = "";
  search();
  query.focus();
}

// The open article

/** @param {EventTarget | null} target */
function openFrom(target) {
  const button = target instanceof Element ? target.closest("button[data-article]") : null;
  if (button instanceof HTMLElement && button.dataset.article) open(button.dataset.article);
}

/** @param {string} id */
async function open(id) {
  opening.abort();
  opening = new AbortController();
  const { signal } = opening;
  try {
    const { title, tags, html } = await ask(`${ARTICLES}/${encodeURIComponent(id)}`, { signal });
    if (signal.aborted) return;
    show(id, title, tags.join(", "));
    element("text").innerHTML = html; // the server's own rendering, in which an article's HTML is text
  } catch (error) {
    if (signal.aborted) return;
    show(id, "This article cannot be shown", "");
    element("text").replaceChildren(made("p", "trouble", reason(error)));
  }
}

/**
 * @param {string} id
 * @param {string} title
 * @param {string} meta
 */
function show(id, title, meta) {
  reading = id;
  element("title").textContent = title;
  element("meta").textContent = meta;
  element("article").hidden = false;
  element("no-article").hidden = true;
  element("shelf").dataset.reading = "";
  element("article").scrollTop = 0;
  element("article").focus({ preventScroll: true });
  markReading();
}

function close() {
  opening.abort();
  const was = reading;
  reading = null;
  element("article").hidden = true;
  element("no-article").hidden = false;
  delete element("shelf").dataset.reading;
  markReading();
  (items().find(({ dataset }) => dataset.article === was) ?? query).focus();
}

function markReading() {
  for (const item of items()) {
    if (item.dataset.article === reading) item.setAttribute("aria-current", "true");
    else item.removeAttribute("aria-current");
  }
}

// Words

/**
 * @param {number} number
 * @param {string} noun
 */
function counted(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
