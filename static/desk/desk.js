/** The desk page: relays between panels and the server, and shows what the server renders. */

import { Chat } from "./chat.js";
import { Drawer } from "./drawer.js";
import { Frames } from "./frames.js";
import { listenForKeys } from "./keys.js";
import { Link } from "./link.js";
import { morph } from "./morph.js";
import { NewContactForm } from "./new-contact.js";
import { Notices } from "./notices.js";
import { Playback } from "./playback.js";
import { Ring } from "./ring.js";
import { Times } from "./times.js";
import { storedToken, TokenForm } from "./token.js";
import { Windows } from "./windows.js";

/** @typedef {import("./link.js").Frame} Frame */

const UNREPORTED = 64_000; // characters of events that the page passes on before it says so

/** Where the focus goes when its control is gone, the first that there is. None of them acts on a call when Enter is pressed twice. */
const NEXT = [".controls", ".row[aria-current]", "#new-contact-button"];

const agent = document.body.dataset.agent ?? "";
// crypto.randomUUID would need a secure context, which http on another host is not.
const page = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
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
const link = new Link(`${location.protocol.replace("http", "ws")}//${location.host}/desk/${agent}/socket`, {
  hello: () => ({ t: "hello", page, epoch, offset, windows: windows.held(), panels: frames.addresses, token: storedToken() }),
  welcomed,
  received,
  changed: showConnection,
  tokenNeeded: () => tokenForm.ask(),
});
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
const chat = new Chat(element("chat"), act);
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
  playback.update();
  if (changed.incoming) {
    element("incoming").hidden = changed.incoming.length === 0;
    const first = document.querySelector("#incoming [data-noun]");
    ring.set(changed.incoming.length > 0 ? (first?.getAttribute("data-noun") ?? "contact") : null);
  }
  if (changed.panels) frames.show(changed.panels);
  if (changed.focus !== undefined) frames.focus(changed.focus);
  // What a change took away, a control or a panel, leaves the focus with what there is to do next.
  if (focused !== null && (!focused.isConnected || focused.closest("[inert], [hidden]") !== null)) {
    const next = NEXT.map((selector) => document.querySelector(selector)).find((found) => found !== null);
    if (next instanceof HTMLElement) next.focus();
  }
  times.tick();
}

/**
 * Ask the server for something, if there is one to ask.
 *
 * @param {string} verb
 * @param {Record<string, unknown>} args
 * @param {(refused: string | null) => void} answered
 */
function act(verb, args, answered) {
  if (!link.connected) {
    answered("The desk is not connected to its server. Nothing was sent.");
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

/** @param {"connecting" | "connected" | "cut"} state */
function showConnection(state) {
  const connection = element("connection");
  const before = connection.dataset.state;
  if (connection.dataset.state === "cut" && state === "connecting") return;
  const words = { connecting: "Connecting", connected: "Connected", cut: "Not connected. Trying again" }[state];
  connection.dataset.state = state;
  connection.lastElementChild?.replaceChildren(words);
  if (state === "cut" && before !== "cut") notices.say(["The desk lost its server and tries again"], []);
  if (state === "connected") drawer.connected();
  if (state === "connected" && before === "cut") notices.say(["The desk is connected again"], []);
}

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element #${id}`);
  return found;
}
