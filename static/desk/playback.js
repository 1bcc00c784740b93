/** Where a voicemail stands, and playing it from elsewhere. */

const TICK = 250; // ms

export class Playback {
  #held = false; // the person moves the handle

  /**
   * @param {HTMLElement} pane
   * @param {() => number} now the server's time in milliseconds
   * @param {(verb: string, args: Record<string, unknown>, answered: (refused: string | null) => void) => void} act
   * @param {(text: string) => void} notice
   */
  constructor(pane, now, act, notice) {
    this.pane = pane;
    this.now = now;
    this.region = /** @type {HTMLElement} */ (pane.querySelector("[data-region]"));
    this.handle = /** @type {HTMLInputElement} */ (pane.querySelector("input"));
    this.position = /** @type {HTMLElement} */ (pane.querySelector(".position"));
    this.handle.addEventListener("pointerdown", () => (this.#held = true));
    for (const released of ["pointerup", "pointercancel", "blur"]) this.handle.addEventListener(released, () => (this.#held = false));
    this.handle.addEventListener("input", () => this.#word(Number(this.handle.value)));
    this.handle.addEventListener("change", () => {
      this.#held = false;
      act("play", { contact: this.#told?.contact, position: Number(this.handle.value) }, (refused) => {
        if (refused !== null) notice(refused);
      });
    });
    setInterval(() => this.#tick(), TICK);
  }

  /** The region may have changed. */
  update() {
    const told = this.#told;
    this.pane.hidden = told === null;
    if (told === null) return;
    this.handle.hidden = told.duration === undefined;
    this.handle.max = told.duration ?? "";
    this.#tick();
  }

  /** What the server told of the voicemail in focus. */
  get #told() {
    const told = this.region.querySelector("p");
    return told === null ? null : told.dataset;
  }

  #tick() {
    const told = this.#told;
    if (told === null || this.#held) return;
    const position = told.since === undefined ? Number(told.position) : Math.floor((this.now() - Number(told.since)) / 1000);
    const second = Math.max(0, Math.min(position, Number(told.duration ?? Infinity)));
    this.handle.value = String(second);
    this.#word(second);
  }

  /** @param {number} second */
  #word(second) {
    const duration = this.#told?.duration;
    const words = duration === undefined ? clock(second) : `${clock(second)} of ${clock(Number(duration))}`;
    if (this.position.textContent === words) return;
    this.position.textContent = words;
    this.handle.setAttribute("aria-valuetext", words);
  }
}

/** @param {number} seconds */
function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
