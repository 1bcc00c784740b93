/** The token, where the server asks for one: it comes in the fragment of the printed link, which no server ever sees. */

const KEY = "deskbridge.token";

takeFromAddress();

/** The token that this tab has. */
export function storedToken() {
  return sessionStorage.getItem(KEY);
}

/** Moves a token in the address into this tab's storage, so that it is neither shown nor copied along. Whether there was one. */
function takeFromAddress() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given === null) return false;
  sessionStorage.setItem(KEY, given);
  history.replaceState(null, "", location.pathname + location.search);
  return true;
}

export class TokenForm {
  /**
   * @param {HTMLDialogElement} dialog
   * @param {() => void} given
   */
  constructor(dialog, given) {
    this.dialog = dialog;
    this.given = false;
    dialog.addEventListener("close", () => {
      if (!this.given) dialog.showModal(); // Escape closes a dialog in the end, but without a token there is no desk
    });
    dialog.querySelector("form")?.addEventListener("submit", (event) => {
      const form = /** @type {HTMLFormElement} */ (event.target);
      this.given = true;
      sessionStorage.setItem(KEY, String(new FormData(form).get("token")).trim());
      form.reset();
      given();
    });
    // A link that differs from the page's address by its fragment alone loads nothing anew.
    addEventListener("hashchange", () => {
      if (!takeFromAddress() || !dialog.open) return;
      this.given = true;
      dialog.close();
      given();
    });
  }

  /** Ask for it; the one that this tab has, if any, does not fit. */
  ask() {
    const error = this.dialog.querySelector(".error");
    if (error !== null) error.textContent = storedToken() === null ? "" : "That token does not fit.";
    this.given = false;
    if (!this.dialog.open) this.dialog.showModal();
  }
}
