// The vendor's SDK polling a deskbridge, from node. Bundled by the test, which installs the SDK; nothing of it is in this project.
//
// Arguments: the server's address, and a bearer token. It reads commands, one a line: start, join, end, or poll and a session id.
// It prints JSON, one value a line: what came of each poll, and what the SDK tells its application.
//
// The SDK is made for browsers. What it takes from them and node has not stands here: window, localStorage, and a Worker that runs
// the SDK's own polling script. That script wants rxjs from a network address; it is given the installed one.

import { resolveObjectURL } from "node:buffer";
import { createInterface } from "node:readline";
import { ACDSessionManager, ApiUriConstants } from "@nice-devone/core-sdk";
import { fromFetch } from "rxjs/fetch";

const [server, token] = process.argv.slice(2);
const say = (kind, value) => process.stdout.write(JSON.stringify({ kind, ...value }) + "\n");

const quiet = { log() {}, info() {}, error: (...words) => say("error", { words: words.map(String) }) };
globalThis.console = { ...console, log() {}, info() {}, warn() {}, debug() {}, error: quiet.error };

// By these node-fetch and broadcast-channel, as they are made for browsers, find fetch and BroadcastChannel.
globalThis.self = globalThis.window = globalThis;
globalThis.addEventListener = () => {}; // for a token that is refreshed, and a page that closes: neither happens here

process.on("unhandledRejection", (error) => say("error", { words: [String(error)] }));
process.on("uncaughtException", (error) => say("error", { words: [String(error)] }));

const kept = new Map();
globalThis.localStorage = {
  getItem: (key) => kept.get(key) ?? null,
  setItem: (key, value) => void kept.set(key, String(value)),
  removeItem: (key) => void kept.delete(key),
};

globalThis.Worker = class {
  #inside = {
    importScripts() {},
    rxjs: { fetch: { fromFetch } },
    postMessage: (data) => {
      say("answer", { status: data.data?.status ?? 200, sessionId: data.sessionId ?? null, events: data.events ?? [] });
      const message = { data: structuredClone(data) };
      setImmediate(() => this.onmessage?.(message)); // later, as from another thread: what it throws is none of the script's
    },
  };
  #ready;

  constructor(url) {
    this.#ready = resolveObjectURL(url).text().then((script) => new Function("self", "console", script)(this.#inside, quiet));
  }

  postMessage(data) {
    const input = { data: structuredClone(data) };
    say("poll", { url: data.requestParams.url });
    void this.#ready.then(() => this.#inside.onmessage(input));
  }

  terminate() {
    this.#inside.onmessage = () => {};
  }
};

ApiUriConstants.GET_NEXT_EVENT_TIMEOUT = "1"; // for 60 seconds no test waits

const session = ACDSessionManager.instance;
session.initialize(token, { acdApiBaseUri: server }, {});
session.agentStateSubject.subscribe((event) => say("state", { event }));
session.agentLegSubject.subscribe((event) => say("leg", { event }));
session.callContactEventSubject.subscribe((event) => say("call", { event }));
session.muteEventSubject.subscribe((event) => say("mute", { event }));
session.networkOfflineSubject.subscribe((event) => say("offline", { event }));
session.onAgentSessionChange.subscribe((event) => say("session", { event: { status: event.status } }));

const commands = {
  // What the SDK does after a start once it is its leader; it would ask for settings of the agent first, which are another API's.
  start: () => session.startSession({ stationId: "WebRTC", stationPhoneNumber: "" }).then(() => session.startGetNextEvents()),
  join: () => session.joinSession({}).then(() => session.startGetNextEvents()),
  poll: (id) => session.startGetNextEvents(id),
  end: () => session.endSession({ forceLogoff: true, endContacts: true, ignorePersonalQueue: true }),
};

for await (const line of createInterface({ input: process.stdin })) {
  try {
    const [command, id] = line.split(" ");
    await commands[command](id);
    say("done", { command });
  } catch (error) {
    say("error", { words: [line, String(error)] });
  }
}
process.exit(0);
