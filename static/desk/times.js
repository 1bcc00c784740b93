/**
 * Times that tick in the page: `<time data-since>` counts up, `<time data-until>` down, `<time data-at>` is a time of day;
 * all are the server's milliseconds.
 */

export class Times {
  #ahead = 0; // ms that the server's clock is ahead of this machine's

  constructor() {
    setInterval(() => this.tick(), 1000);
  }

  /** @param {number} now */
  setServerTime(now) {
    this.#ahead = now - Date.now();
    this.tick();
  }

  /** The server's time. */
  get now() {
    return Date.now() + this.#ahead;
  }

  tick() {
    const now = this.now;
    for (const time of document.querySelectorAll("time")) {
      const { since, until, at } = time.dataset;
      const text = since ? clock(now - Number(since)) : until ? clock(Number(until) - now) : at ? moment(Number(at)) : "";
      if (time.textContent !== text) time.textContent = text;
    }
  }
}

/** @param {number} milliseconds */
function moment(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString("en-GB");
}

/** @param {number} milliseconds */
function clock(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
