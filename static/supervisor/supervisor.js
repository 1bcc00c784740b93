/** The overview page: agents, queues and contacts as the server sees them, live. */

import { listenForKeys } from "../desk/keys.js";
import { Link } from "../desk/link.js";
import { morph } from "../desk/morph.js";
import { NewContactForm } from "../desk/new-contact.js";
import { Notices } from "../desk/notices.js";
import { controls, element, newPageId, showConnection, socketAddress } from "../desk/page.js";
import { Times } from "../desk/times.js";
import { storedToken, TokenForm } from "../desk/token.js";
import { StateMenu } from "./state-menu.js";
import { Table } from "./table.js";

/** @typedef {import("../desk/link.js").Frame} Frame */

const BETWEEN_WORDS = 30_000; // ms between two times that the counts are said aloud, which change all the time

const page = newPageId();
/** The history that the page knows.
 *  @type {string | null} */
let epoch = null;
/** The counts in words, to be said when it is time.
 *  @type {string | null} */
let unsaid = null;
let saying = 0;

const notices = new Notices(element("notices"), element("say-polite"), element("say-urgent"));
const times = new Times();
/** @type {Map<string, Table>} */
const tables = new Map();
for (const table of document.querySelectorAll("table")) tables.set(table.dataset.table ?? "", new Table(table));

const link = new Link(socketAddress("/supervisor/socket"), {
  hello: () => ({ t: "hello", page, epoch, token: storedToken() }),
  welcomed,
  received,
  changed: (state) => showConnection(state, notices),
  tokenNeeded: () => tokenForm.ask(),
});
const { act, press } = controls(link, notices);
const tokenForm = new TokenForm(/** @type {HTMLDialogElement} */ (element("token")), () => link.connect());
new NewContactForm(/** @type {HTMLDialogElement} */ (element("new-contact")), element("new-contact-button"), act);
const stateMenu = new StateMenu(element("state-menu"), /** @type {HTMLDialogElement} */ (element("log-out")), (verb, args) =>
  act(verb, args, (refused) => {
    if (refused !== null) notices.show(refused);
  }),
);

document.addEventListener("click", (event) => {
  const control = event.target instanceof Element ? event.target.closest("button") : null;
  if (control === null) return;
  if (control.classList.contains("set")) stateMenu.open(control);
  else if (control.dataset.part !== undefined) showPart(control.dataset.part);
  else if (control.dataset.do !== undefined && !stateMenu.has(control)) press(control);
});
const filter = /** @type {HTMLInputElement} */ (element("filter"));
filter.addEventListener("input", () => tables.forEach((table) => table.filter(filter.value)));
listenForKeys();
link.connect();

/** @param {Frame} welcome */
function welcomed(welcome) {
  times.setServerTime(welcome.now);
  if (epoch !== null && !welcome.resumed) {
    link.forget();
    notices.show("The server began a new history.");
  }
  epoch = welcome.epoch;
}

/** @param {Frame} frame */
function received(frame) {
  if (frame.t === "view") show(frame.changed);
  else if (frame.t === "error") console.error(`deskbridge: ${frame.text}`);
}

/**
 * @param {{whole: boolean, tables: Record<string, import("./table.js").Changed>, regions: Record<string, string>,
 *   said: string | null}} changed
 */
function show(changed) {
  for (const [name, rows] of Object.entries(changed.tables)) tables.get(name)?.update(rows, changed.whole);
  for (const [key, html] of Object.entries(changed.regions)) {
    for (const region of document.querySelectorAll(`[data-region="${key}"]`)) morph(region, html);
  }
  times.tick();
  if (changed.said !== null) say(changed.said);
}

/**
 * Say how things stand to who does not see the page: at once, and then no more often than anyone could listen.
 *
 * @param {string} words
 */
function say(words) {
  unsaid = words;
  if (saying !== 0) return;
  const next = () => {
    saying = unsaid === null ? 0 : setTimeout(next, BETWEEN_WORDS);
    if (unsaid !== null) notices.say([unsaid], []);
    unsaid = null;
  };
  next();
}

/** @param {string} part what a narrow page shows of the three */
function showPart(part) {
  document.body.dataset.part = part;
  for (const button of document.querySelectorAll(".parts button")) {
    button.setAttribute("aria-pressed", String(button instanceof HTMLElement && button.dataset.part === part));
  }
}
