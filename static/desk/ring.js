/** Rings while a contact comes in, aloud where the person wants it, and in the page's title. */

const KEY = "deskbridge.silent";
const PERIOD = 3000; // ms from one ring to the next
const TONES = [880, 1108.73]; // Hz: A5 and C♯6
const TONE = 0.18; // s
const LOUDNESS = 0.12;

export class Ring {
  /** @type {AudioContext | null} */
  #audio = null;
  #ringing = 0;
  #title = document.title;

  /** @param {HTMLElement} button whether it rings aloud */
  constructor(button) {
    this.button = button;
    this.#press(!isSilent());
    button.addEventListener("click", () => {
      this.#press(!this.#aloud);
      remember(!this.#aloud);
    });
  }

  /** @param {string | null} what what rings: `call`; null: nothing */
  set(what) {
    const rings = what !== null;
    document.title = rings ? `☎ Incoming ${what} · ${this.#title}` : this.#title;
    if (rings === (this.#ringing !== 0)) return;
    clearInterval(this.#ringing);
    this.#ringing = rings ? setInterval(() => this.#sound(), PERIOD) : 0;
    if (rings) this.#sound();
  }

  get #aloud() {
    return this.button.getAttribute("aria-pressed") === "true";
  }

  /** @param {boolean} aloud */
  #press(aloud) {
    this.button.setAttribute("aria-pressed", String(aloud));
  }

  /** Before the person has used the page, the browser keeps it silent; it then stays so without an error. */
  #sound() {
    if (!this.#aloud || !navigator.userActivation?.hasBeenActive) return;
    this.#audio ??= new AudioContext();
    void this.#audio.resume();
    const { currentTime, destination } = this.#audio;
    TONES.forEach((frequency, place) => {
      const audio = /** @type {AudioContext} */ (this.#audio);
      const [tone, volume] = [audio.createOscillator(), audio.createGain()];
      const start = currentTime + place * TONE;
      tone.frequency.value = frequency;
      volume.gain.setValueAtTime(0, start);
      volume.gain.linearRampToValueAtTime(LOUDNESS, start + 0.02);
      volume.gain.linearRampToValueAtTime(0, start + TONE);
      tone.connect(volume).connect(destination);
      tone.start(start);
      tone.stop(start + TONE);
    });
  }
}

function isSilent() {
  try {
    return localStorage.getItem(KEY) === "yes";
  } catch {
    return false; // storage is switched off
  }
}

/** @param {boolean} silent */
function remember(silent) {
  try {
    if (silent) localStorage.setItem(KEY, "yes");
    else localStorage.removeItem(KEY);
  } catch {
    // it counts for this page then
  }
}
