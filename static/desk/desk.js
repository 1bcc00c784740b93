/** The desk page: relays between panels and the server, and shows what the server renders. */

import { Chat } from "./chat.js";
import { Colleagues } from "./colleagues.js";
import { DispositionForm } from "./disposition.js";
import { Drawer } from "./drawer.js";
import { Frames } from "./frames.js";
import { listenForKeys } from "./keys.js";
import { Link } from "./link.js";
import { morph } from "./morph.js";
import { NewContactForm } from "./new-contact.js";
import { Notices } from "./notices.js";
import { controls, element, focusNext, newPageId, showConnection, socketAddress } from "./page.js";
import { Playback } from "./playback.js";
import { Ring } from "./ring.js";
import { Times } from "./times.js";
import { storedToken, TokenForm } from "./token.js";
import { Windows } from "./windows.js";

/** @typedef {import("./link.js").Frame} Frame */

const UNREPORTED = 64_000; // characters of events that the page passes on before it says so

const agent = document.body.dataset.agent ?? "";
const page = newPageId();
/** What the page has of the journal.
 *  @type {string | null} */
let epoch = null;
let offset = 0;
/** Frames of events passed on since the socket opened, and their characters that the server has not heard of. */
let passedOn = 0;
let unreported = 0;

const notices = new Notices(element("notices"), element("say-polite"), element("say-urgent"));
const times = new Times();
const ring = new Ring(element("sound-button"));
const frames = new Frames(element("frames"), element("tabs"), element("pop-out"), element("no-panel"), {
  unloaded: (open) => windows.close(open),
  loading: (panel) => link.tell({ t: "check", panel }),
  told: (text) => notices.say([text], []),
  noticed: (text) => notices.show(text),
  online: () => link.connected,
});
/** @type {Link} */
const link = new Link(socketAddress(`/desk/${agent}/socket`), {
  hello: () => ({ t: "hello", page, epoch, offset, windows: windows.held(), panels: frames.addresses, token: storedToken() }),
  welcomed,
  received,
  changed: connectionChanged,
  tokenNeeded: () => tokenForm.ask(),
});
const { act, press } = controls(link, notices);
/** @type {Windows} */
const windows = new Windows(document.body.dataset.issuer ?? "", link, {
  panelOf: (source) => frames.panelOf(source),
  notice: (text) => notices.show(text),
});
const drawer = new Drawer(element("messages"), element("messages-button"), page, {
  // With its number: a panel may have several windows, one after the other or frames within.
  labelOf: (window) => `${frames.nameOf(windows.panelOfNumber(window) ?? "")} #${window}`,
  listen: (on) => link.tell({ t: "listen", on }),
});
const tokenForm = new TokenForm(/** @type {HTMLDialogElement} */ (element("token")), () => link.connect());
new NewContactForm(/** @type {HTMLDialogElement} */ (element("new-contact")), element("new-contact-button"), act);
const colleagues = new Colleagues(/** @type {HTMLDialogElement} */ (element("colleagues")), act, {
  ask: (verb, contact) => link.tell({ t: "choose", verb, contact }),
  notice: (text) => notices.show(text),
});
const warn = (/** @type {string} */ text) => notices.warn(text);
const chat = new Chat(element("chat"), act, warn);
const disposition = new DispositionForm(/** @type {HTMLFormElement} */ (element("disposition")), act, warn);
const playback = new Playback(element("playback"), () => times.now, act, (text) => notices.show(text));

document.addEventListener("click", (event) => {
  const control = event.target instanceof Element ? event.target.closest("[data-do]") : null;
  if (control instanceof HTMLElement) press(control);
});
const states = element("state-menu");
states.addEventListener("toggle", (event) => {
  if (event.newState === "open") /** @type {HTMLElement?} */ (states.querySelector("[aria-current]") ?? states.querySelector("button"))?.focus();
});
const keys = /** @type {HTMLDialogElement} */ (element("keys"));
element("keys-button").addEventListener("click", () => keys.showModal());
listenForKeys();
link.connect();

/** @param {Frame} welcome */
function welcomed(welcome) {
  times.setServerTime(welcome.now);
  passedOn = unreported = 0;
  for (const form of [chat, disposition]) form.connected(welcome.epoch);
  if (welcome.resumed) return;
  const begun = epoch !== null;
  epoch = welcome.epoch;
  offset = welcome.offset;
  if (begun) {
    link.forget();
    frames.closeAll();
    notices.show("The server began a new history: the panels were loaded anew.");
  }
}

/**
 * @param {Frame} frame
 * @param {number} size
 */
function received(frame, size) {
  switch (frame.t) {
    case "events":
      windows.deliver(/** @type {any} */ (frame));
      offset = frame.o;
      passedOn += 1;
      unreported += size;
      if (unreported > UNREPORTED) {
        unreported = 0;
        link.tell({ t: "got", frames: passedOn });
      }
      return;
    case "post":
      windows.post(/** @type {any} */ (frame));
      return;
    case "view":
      show(frame.changed);
      notices.say(frame.said.polite, frame.said.urgent);
      for (const text of frame.said.notices) notices.show(text);
      return;
    case "beat":
      return; // that it came is all it says (`link.js`)
    case "ok":
      if (frame.refused && frame.panel) console.info(`deskbridge: a panel's command was not carried out. ${frame.refused}`);
      return;
    case "warn":
      console.warn(frame.text);
      return;
    case "hint":
      console.info(`deskbridge: ${frame.text}`);
      notices.showOnce(`${frames.nameOf(frame.panel)}: ${frame.text}`);
      return;
    case "messages":
      drawer.add(frame.html);
      times.tick();
      return;
    case "trouble":
      frames.trouble(frame.panel, frame.text, frame.shows);
      return;
    default:
      console.error(`deskbridge: ${frame.text ?? frame.t}`);
  }
}

/** @param {Record<string, any>} changed the parts of the view that are not as they were */
function show(changed) {
  const focused = document.activeElement === document.body ? null : document.activeElement;
  for (const region of document.querySelectorAll("[data-region]")) {
    const html = changed[region.getAttribute("data-region") ?? ""];
    if (html !== undefined) morph(region, html);
  }
  chat.update();
  disposition.update();
  playback.update();
  if (changed.colleagues !== undefined) colleagues.update();
  if (changed.incoming) {
    element("incoming").hidden = changed.incoming.length === 0;
    const first = document.querySelector("#incoming [data-noun]");
    ring.set(changed.incoming.length > 0 ? (first?.getAttribute("data-noun") ?? "contact") : null);
  }
  if (changed.panels) frames.show(changed.panels);
  if (changed.focus !== undefined) frames.focus(changed.focus);
  // What a change took away, a control or a panel, leaves the focus with what there is to do next.
  if (focused !== null && (!focused.isConnected || focused.closest("[inert], [hidden]") !== null)) {
    focusNext();
  } else if (focused instanceof HTMLElement && document.activeElement === document.body) {
    focused.focus(); // it was moved to another place, as controls are that become those of another contact
  }
  times.tick();
}

/** @param {"connecting" | "connected" | "cut"} state */
function connectionChanged(state) {
  showConnection(state, notices);
  if (state !== "connected") return;
  drawer.connected();
  colleagues.connected();
}
