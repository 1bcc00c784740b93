/**
 * The page's socket to the server. It comes back by itself; what was sent and not answered when it was cut is sent again under
 * its sequence number, so that the server can tell what it has had already.
 *
 * @typedef {{t: string, [key: string]: any}} Frame
 * @typedef {object} LinkEvents
 * @property {() => Frame} hello what the page has, to begin with
 * @property {(welcome: Frame) => void} welcomed the server has taken the page in; called before anything is sent again
 * @property {(frame: Frame, size: number) => void} received any other frame, and the length of its text
 * @property {(state: "connecting" | "connected" | "cut") => void} changed
 * @property {() => void} tokenNeeded
 */

const TOKEN_NEEDED = 4401;
const HISTORY_STARTED_AFRESH = 4001;
const DEAD_SOCKET = 1006; // as browsers call one that was not closed
const SETTLED = 3000; // ms after which a connection counts as one that holds
const MOST_TEXT = 200_000; // characters of one message; the server takes a million bytes
const AT_LEISURE = 5; // ms that a frame may wait for another to go out with
const DEAD = 40_000; // ms of silence after which a socket is dead, whatever it says: the server lets it hear a beat every 15 s
const WAITS = [100, 250, 500, 1000, 2000, 4000]; // ms before each further attempt; the last one goes on

export class Link {
  /** @type {WebSocket | null} */
  #socket = null;
  #connected = false;
  #attempts = 0;
  #seq = 0;
  #retry = 0;
  #settling = 0;
  #heard = 0;
  /** @type {Map<number, {text: string, answered: (ok: Frame) => void}>} */
  #unanswered = new Map();
  /** Frames that wait for the next one to go out with it: a send costs the browser more than all else that the page does.
   *  @type {string[]} */
  #waiting = [];

  /**
   * @param {string} address
   * @param {LinkEvents} events
   */
  constructor(address, events) {
    this.address = address;
    this.events = events;
    // A page that comes back to the front or to a network need not wait for the next attempt.
    addEventListener("online", () => this.#lookAlive());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#lookAlive());
    setInterval(() => this.#socket !== null && this.#lookAlive(), DEAD / 8);
  }

  get connected() {
    return this.#connected;
  }

  connect() {
    this.events.changed("connecting");
    const socket = new WebSocket(this.address);
    this.#socket = socket;
    this.#heard = performance.now();
    socket.onopen = () => socket.send(JSON.stringify(this.events.hello()));
    socket.onmessage = (message) => this.#received(message.data);
    socket.onclose = (closed) => this.#closed(closed.code);
  }

  /**
   * Sends a frame that reaches the server once, whatever happens to the socket.
   *
   * @param {(seq: number) => string} write the frame's text, given its sequence number
   * @param {(ok: Frame) => void} answered
   * @returns {number} its sequence number
   */
  send(write, answered = () => {}) {
    const text = this.#numbered(write, answered);
    if (this.#connected) this.#put(text);
    return this.#seq;
  }

  /**
   * The same for a frame that nobody waits for: it goes out with the next one, or in a moment.
   *
   * @param {(seq: number) => string} write
   * @returns {number} its sequence number
   */
  sendAtLeisure(write) {
    const text = this.#numbered(write, () => {});
    if (this.#connected && this.#waiting.push(text) === 1) setTimeout(() => this.#put(), AT_LEISURE);
    return this.#seq;
  }

  /**
   * Takes back frames that have not been sent, where a later one makes them pointless.
   *
   * @param {number[]} seqs
   */
  takeBack(seqs) {
    if (!this.#connected) for (const seq of seqs) this.#unanswered.delete(seq);
  }

  /**
   * Sends a frame that needs no answer; when the socket is cut it is of no use, and dropped.
   *
   * @param {Frame} frame
   */
  tell(frame) {
    if (this.#connected) this.#put(JSON.stringify(frame));
  }

  /**
   * @param {(seq: number) => string} write
   * @param {(ok: Frame) => void} answered
   */
  #numbered(write, answered) {
    const text = write(++this.#seq);
    this.#unanswered.set(this.#seq, { text, answered });
    return text;
  }

  /** @param {string[]} texts frames to send after those that wait, in as few messages as may be */
  #put(...texts) {
    const all = this.#waiting.length > 0 ? [...this.#waiting, ...texts] : texts;
    this.#waiting = [];
    /** @type {string[]} */
    let together = [];
    let size = 0;
    for (const text of all) {
      if (together.length > 0 && size + text.length > MOST_TEXT) {
        this.#putOne(together);
        [together, size] = [[], 0];
      }
      together.push(text);
      size += text.length;
    }
    if (together.length > 0) this.#putOne(together);
  }

  /** @param {string[]} texts one frame, which goes alone, or several, which go as a list */
  #putOne(texts) {
    this.#socket?.send(texts.length === 1 ? texts[0] : `[${texts.join()}]`);
  }

  /** Forget what is unanswered: it belongs to a history that is gone. */
  forget() {
    const forgotten = [...this.#unanswered.values()];
    this.#unanswered.clear();
    this.#waiting = [];
    for (const { answered } of forgotten) answered({ t: "ok", refused: "The server began a new history. Nothing was done." });
  }

  /** @param {string} text */
  #received(text) {
    this.#heard = performance.now();
    /** @type {Frame} */
    const frame = JSON.parse(text);
    if (frame.t === "welcome") {
      this.#connected = true;
      this.#settling = setTimeout(() => (this.#attempts = 0), SETTLED);
      this.events.welcomed(frame);
      this.#put(...[...this.#unanswered.values()].map(({ text }) => text));
      this.events.changed("connected");
      return;
    }
    if (frame.seq !== undefined) this.#answered(frame);
    this.events.received(frame, text.length);
  }

  /**
   * The server takes frames in order, so an answer also stands for every frame before that asked for none of its own.
   *
   * @param {Frame} frame
   */
  #answered(frame) {
    for (const [seq, { answered }] of this.#unanswered) {
      if (seq > frame.seq) return;
      this.#unanswered.delete(seq);
      if (seq === frame.seq) answered(frame);
    }
  }

  /** @param {number} code */
  #closed(code) {
    clearTimeout(this.#settling);
    this.#connected = false;
    this.#socket = null;
    this.#waiting = []; // they are among the unanswered
    if (code === TOKEN_NEEDED) {
      this.events.tokenNeeded();
      return;
    }
    this.events.changed("cut");
    const wait = code === HISTORY_STARTED_AFRESH ? 0 : WAITS[Math.min(this.#attempts, WAITS.length - 1)];
    this.#attempts += 1;
    this.#retry = setTimeout(() => this.connect(), wait);
  }

  /** A network that fell silent, as under a machine that slept, closes no socket: the page does. */
  #lookAlive() {
    const socket = this.#socket;
    if (socket === null) this.#connectNow();
    else if (performance.now() - this.#heard > DEAD) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
      this.#closed(DEAD_SOCKET);
    }
  }

  #connectNow() {
    if (this.#attempts === 0) return;
    clearTimeout(this.#retry);
    this.connect();
  }
}
