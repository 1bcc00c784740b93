/**
 * A panel's side of the post-message protocol of NICE CXone MAX and its successor CXone Agent.
 * One file without dependencies: import it, or copy it with max-client.d.ts into your own pages.
 *
 *     const max = await connect({ subscriptionTypes: ["contact"] });
 *     max.on("CallContactEvent", (event) => console.log(event.Status));
 *
 * The public types are in max-client.d.ts; the rules come from max-post-message.md.
 *
 * @import { AgentState, ConnectOptions, Contact, ContactCard, Max as MaxType, WireEvent } from "./max-client.js"
 */

const ACKNOWLEDGE = "ClientEventSubscriptionAcknowledge";
const ISSUERS = ["MAX", "CXA"];

/** What kept the page from its events; `reason` is MAX's own word, "no-parent" or "no-acknowledgement". */
export class MaxError extends Error {
  /**
   * @param {string} reason
   * @param {string} message
   */
  constructor(reason, message) {
    super(message);
    this.name = "MaxError";
    this.reason = reason;
  }
}

/**
 * The contact id of any event, whichever of the three keys it uses; null for none ("", "0", not a number).
 * A string, since ids can exceed 2^53 (section 6).
 *
 * @param {WireEvent} event
 * @returns {string | null}
 */
export function contactIdOf(event) {
  for (const id of [event.ContactID, event.ContactId, event.contactId]) {
    if (/^0*[1-9]\d*$/.test(String(id))) return String(id);
  }
  return null;
}

/**
 * Registers with the parent window and resolves once it has acknowledged.
 * Rejects with a MaxError when there is no parent, when MAX refuses, or after `giveUpAfter`;
 * with the signal's reason when that aborts.
 *
 * @type {typeof import("./max-client.js").connect}
 */
export function connect(options) {
  return new Promise((resolve, reject) => {
    const parent = window.opener || window.parent;
    if (parent === window) {
      throw new MaxError("no-parent", "This page is on its own: open it as a panel or workspace of MAX.");
    }
    options.signal?.throwIfAborted();
    new Max(parent, options, resolve, reject);
  });
}

/** @implements {MaxType} */
export class Max {
  /** @type {string | null} */
  contactId = null;
  /** @type {Map<string, Contact>} */
  contacts = new Map();
  /** @type {AgentState | null} */
  agentState = null;
  /** @type {string | null} */
  sessionToken = null;

  /** @type {Window} */
  #parent;
  #options;
  #resolve;
  #reject;
  #listening = new AbortController();
  /** "away" lies between an Unregister that may be the page's last word and the next attempt.
   * @type {"asking" | "registered" | "away"} */
  #state = "asking";
  #attemptTimer = 0;
  #giveUpTimer = 0;
  /** @type {Map<string, Set<(payload: any) => void>>} */
  #handlers = new Map();
  /** What came before the code after `await connect(...)` could attach a handler; null from then on.
   * @type {[string, unknown][] | null} */
  #held = [];

  /**
   * @param {Window} parent
   * @param {ConnectOptions} options
   * @param {(max: Max) => void} resolve
   * @param {(reason: unknown) => void} reject
   */
  constructor(parent, options, resolve, reject) {
    this.#parent = parent;
    const { issuer = location.host + location.pathname, retryEvery = 1000 } = options;
    this.#options = { ...options, issuer, retryEvery };
    this.#resolve = resolve;
    this.#reject = reject;

    const { signal } = this.#listening;
    addEventListener("message", (event) => this.#receive(event), { signal });
    // On pagehide it would be too late: the browser no longer names the source. The page may also stay (a mailto
    // link, a download, a cancelled dialog), hence the new attempt, which a page that leaves does not live to see.
    addEventListener("beforeunload", () => this.#reregisterAfter(this.#options.retryEvery), { signal });
    addEventListener("pageshow", (event) => event.persisted && this.#reregisterAfter(0), { signal });
    options.signal?.addEventListener("abort", () => this.#abort(), { signal });

    this.#startAttempts();
  }

  /**
   * @param {string} type
   * @param {(payload: any) => void} handler
   */
  on(type, handler) {
    const handlers = this.#handlers.get(type) ?? new Set();
    this.#handlers.set(type, handlers.add(handler));
    return () => void handlers.delete(handler);
  }

  answer() { this.#post({ messageType: "AnswerEvent" }); }
  refuse() { this.#post({ messageType: "RefuseEvent" }); }
  hold() { this.#post({ messageType: "HoldEvent" }); }
  mute() { this.#post({ messageType: "MuteEvent" }); }
  mask() { this.#post({ messageType: "MaskEvent" }); }
  record() { this.#post({ messageType: "RecordEvent" }); }
  hangup() { this.#post({ messageType: "HangupEvent" }); }

  /** @param {ContactCard} card */
  setContactCard({ name, userImg, contactId }) {
    this.#post({ messageType: "ContactCardData", contactCardData: { name, userImg }, ...contactIdField(contactId) });
  }

  close() {
    if (this.#listening.signal.aborted) return;
    this.#unregister();
    this.#stop();
    for (const handlers of this.#handlers.values()) handlers.clear();
  }

  #abort() {
    this.close();
    this.#reject(this.#options.signal?.reason);
  }

  #startAttempts() {
    const { giveUpAfter } = this.#options;
    if (giveUpAfter != null) {
      this.#giveUpTimer = setTimeout(() => {
        this.#unregister(); // an answer that comes even later leaves no registration behind
        this.#fail(new MaxError("no-acknowledgement", `The parent window did not answer within ${giveUpAfter} ms.`));
      }, giveUpAfter);
    }
    this.#attempt();
  }

  /** A window still registered, say from before a reload, would get no answer: unregister first (section 3). */
  #attempt() {
    const { issuer, subscriptionTypes, contactId, retryEvery } = this.#options;
    this.#state = "asking";
    this.#unregister();
    this.#post({ issuer, messageType: "RegisterForClientEvents", subscriptionTypes, ...contactIdField(contactId) });
    this.#attemptTimer = setTimeout(() => this.#attempt(), retryEvery);
  }

  /** @param {number} pause milliseconds until the page registers again, if it is still there */
  #reregisterAfter(pause) {
    this.#state = "away";
    this.#clearTimers();
    this.#unregister();
    this.#attemptTimer = setTimeout(() => this.#startAttempts(), pause);
  }

  #unregister() {
    this.#post({ issuer: this.#options.issuer, messageType: "UnregisterFromClientEvents" });
  }

  /** @param {object} message */
  #post(message) {
    this.#parent.postMessage(message, "*");
  }

  /** @param {MessageEvent} message */
  #receive({ source, data }) {
    if (source !== this.#parent || !ISSUERS.includes(data?.issuer) || !Array.isArray(data.events)) return;
    if (this.#state === "away") return;
    /** @type {WireEvent[]} */
    const events = data.events.filter((/** @type {unknown} */ event) => typeof event === "object" && event !== null);
    // First in its message under MAX, last under CXone Agent (section 5).
    const ack = events.find((event) => event.messageType === ACKNOWLEDGE);
    if (ack?.status === "ERROR") {
      this.#fail(new MaxError(String(ack.reason), `MAX refused the registration: ${ack.reason}`));
    } else if (ack) {
      this.#acknowledged(ack, events.filter((event) => event.messageType !== ACKNOWLEDGE));
    } else if (this.#state === "registered") {
      // A session that starts, or is told anew after an outage, has the contacts that are told with it and no others. Its start
      // counts for the whole message, wherever it stands (cxone-agent-session.md, section 1).
      const afresh = events.some((event) => event.Type === "AgentSessionStart") && this.contacts.size > 0;
      if (afresh) this.contacts.clear();
      for (const event of events) this.#merge(event);
      this.#tell(events, afresh || events.some(stateOfContact));
    } // else it belongs to a registration from before a reload, which the first attempt ends
  }

  /**
   * @param {WireEvent} ack
   * @param {WireEvent[]} states
   */
  #acknowledged(ack, states) {
    const first = this.#state === "asking";
    this.#state = "registered";
    this.#clearTimers();
    this.contactId = contactIdOf(ack);
    if (first) {
      // A contact may have ended while the page was not registered.
      const current = new Set(states.map(contactIdOf));
      for (const id of this.contacts.keys()) if (!current.has(id)) this.contacts.delete(id);
    }
    // Every attempt that MAX was slow to answer brings an acknowledgement of its own: tell only what is new in it.
    const news = states.filter((state) => this.#merge(state));
    this.#tell(news, first || news.some(stateOfContact));
    this.#resolve(this);
    setTimeout(() => this.#release()); // a task later: the code that awaits connect() has run by then
  }

  /**
   * Folds an event into the state that it carries; false if it says nothing new.
   *
   * @param {WireEvent} event
   */
  #merge(event) {
    if (event.messageType === "SessionInfo") {
      const before = this.sessionToken;
      this.sessionToken = String(event.sessionToken);
      return this.sessionToken !== before;
    }
    if (event.Type === "AgentState") {
      const before = this.agentState;
      this.agentState = /** @type {AgentState} */ ({ ...before, ...event });
      return !alike(before, this.agentState);
    }
    const id = stateOfContact(event);
    if (id === null) return true;
    const before = this.contacts.get(id);
    const contact = /** @type {Contact} */ ({ ...before, ...event });
    if (hasLeft(contact)) this.contacts.delete(id);
    else this.contacts.set(id, contact);
    return !alike(before, contact);
  }

  /**
   * @param {WireEvent[]} events
   * @param {boolean} contactsChanged
   */
  #tell(events, contactsChanged) {
    for (const event of events) {
      // CXone Agent's own AgentSessionEnd spells it `type`.
      const type = String(event.Type ?? event.messageType ?? event.type);
      this.#emit(type, event);
      this.#emit("*", event);
    }
    if (contactsChanged) this.#emit("contacts", this.contacts);
  }

  /**
   * @param {string} type
   * @param {unknown} payload
   */
  #emit(type, payload) {
    if (this.#held) {
      this.#held.push([type, payload]);
      return;
    }
    const handlers = this.#handlers.get(type) ?? new Set();
    for (const handler of [...handlers]) {
      if (!handlers.has(handler)) continue; // taken off by a handler before it
      try {
        handler(payload);
      } catch (error) {
        reportError(error);
      }
    }
  }

  #release() {
    const held = this.#held ?? [];
    this.#held = null;
    for (const [type, payload] of held) this.#emit(type, payload);
  }

  /** @param {MaxError} error */
  #fail(error) {
    this.#stop();
    this.#reject(error);
    this.#emit("error", error);
  }

  #stop() {
    this.#listening.abort();
    this.#clearTimers();
  }

  #clearTimers() {
    clearTimeout(this.#attemptTimer);
    clearTimeout(this.#giveUpTimer);
  }
}

/**
 * The contact whose state an event carries; null for the others that name a contact, as PopURL and PageOpen do.
 *
 * @param {WireEvent} event
 */
function stateOfContact(event) {
  return String(event.Type).endsWith("ContactEvent") ? contactIdOf(event) : null;
}

/**
 * A first Disconnected opens after-call work, the one with FinalState ends the contact; a voicemail is discarded.
 * Types without a FinalState, as DigitalContactEvent, disconnect once.
 *
 * @param {Contact} contact
 */
function hasLeft({ Status, FinalState = "True" }) {
  return Status === "Discarded" || (Status === "Disconnected" && /^(true|on)$/i.test(String(FinalState)));
}

/**
 * @param {unknown} a
 * @param {unknown} b
 */
function alike(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * Page addresses give ids as strings, while CXone Agent matches live events against a number only (section 5).
 *
 * @param {string | number | null | undefined} id
 */
function contactIdField(id) {
  if (id == null) return {};
  const exact = /^[1-9]\d*$/.test(String(id)) && Number.isSafeInteger(Number(id));
  return { contactId: exact ? Number(id) : id };
}
