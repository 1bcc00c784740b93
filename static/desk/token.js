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
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.querySelector("form")?.addEventListener("submit", (event) => {
      const form = /** @type {HTMLFormElement} */ (event.target);
      sessionStorage.setItem(KEY, String(new FormData(form).get("token")));
      form.reset();
      given();
    });
  }

  ask() {
    if (!this.dialog.open) this.dialog.showModal();
  }
}
