/** The token, where the server asks for one: it comes in the fragment of the printed link, which no server ever sees. */

const KEY = "deskbridge.token";

/** The token that this tab has. One in the address moves out of it, so that it is neither shown nor copied along. */
export function storedToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given !== null) {
    sessionStorage.setItem(KEY, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(KEY);
}

export class TokenForm {
  /**
   * @param {HTMLDialogElement} dialog
   * @param {() => void} given
   */
  constructor(dialog, given) {
    this.dialog = dialog;
    this.asked = 0;
    this.given = false;
    dialog.addEventListener("close", () => {
      if (!this.given) dialog.showModal(); // Escape closes a dialog in the end, but without a token there is no desk
    });
    dialog.querySelector("form")?.addEventListener("submit", (event) => {
      const form = /** @type {HTMLFormElement} */ (event.target);
      this.given = true;
      sessionStorage.setItem(KEY, String(new FormData(form).get("token")));
      form.reset();
      given();
    });
  }

  /** Ask for it; if it was asked before, what was given does not fit. */
  ask() {
    const error = this.dialog.querySelector(".error");
    if (error !== null) error.textContent = this.asked > 0 ? "That token does not fit." : "";
    this.asked += 1;
    this.given = false;
    if (!this.dialog.open) this.dialog.showModal();
  }
}
