/** The form that lets a contact arrive. */

export class NewContactForm {
  /**
   * @param {HTMLDialogElement} dialog
   * @param {HTMLElement} opener
   * @param {(verb: string, args: Record<string, unknown>, answered: (refused: string | null) => void) => void} act
   */
  constructor(dialog, opener, act) {
    const form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
    const error = /** @type {HTMLElement} */ (dialog.querySelector(".error"));
    opener.addEventListener("click", () => {
      error.textContent = "";
      const skill = /** @type {HTMLInputElement} */ (form.elements.namedItem("skill"));
      skill.value ||= dialog.querySelector("datalist option")?.getAttribute("value") ?? "";
      dialog.showModal();
    });
    dialog.querySelector("[data-close]")?.addEventListener("click", () => dialog.close());
    form.addEventListener("change", (event) => {
      if (!(event.target instanceof HTMLInputElement)) return;
      if (event.target.name === "direction") turn(form, event.target.value);
      if (event.target.name === "media") offer(form, event.target.value);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      try {
        const submit = /** @type {HTMLButtonElement} */ (form.querySelector("[type=submit]"));
        const contact = contactOf(form);
        submit.disabled = true;
        act("new-contact", contact, (refused) => {
          submit.disabled = false;
          error.textContent = refused ?? "";
          if (refused === null) dialog.close();
        });
      } catch (problem) {
        error.textContent = String(problem instanceof Error ? problem.message : problem);
      }
    });
  }
}

/**
 * Show the fields that fit the medium; the others are not sent.
 *
 * @param {HTMLFormElement} form
 * @param {string} media
 */
function offer(form, media) {
  for (const fields of form.querySelectorAll("fieldset[data-media]")) {
    const fits = fields.getAttribute("data-media")?.split(" ").includes(media) ?? false;
    fields.toggleAttribute("hidden", !fits);
    fields.toggleAttribute("disabled", !fits);
  }
  word(form, media === "call" ? String(new FormData(form).get("direction")) : "inbound");
}

/**
 * The other party's number is the ANI of a call that comes in, and the DNIS of one that goes out.
 *
 * @param {HTMLFormElement} form
 * @param {string} direction
 */
function turn(form, direction) {
  const [ani, dnis] = ["ani", "dnis"].map((name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name)));
  [ani.value, dnis.value] = [dnis.value, ani.value];
  word(form, direction);
}

/**
 * @param {HTMLFormElement} form
 * @param {string} direction
 */
function word(form, direction) {
  for (const element of form.querySelectorAll("[data-inbound]")) {
    element.textContent = element.getAttribute(`data-${direction}`);
  }
}

/** @param {HTMLFormElement} form */
function contactOf(form) {
  const { variables, ...fields } = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
  const lines = String(variables ?? "").split("\n").map((line) => line.trim()).filter(Boolean);
  return { ...fields, variables: Object.fromEntries(lines.map(variable)) };
}

/** @param {string} line */
function variable(line) {
  const at = line.indexOf("=");
  if (at < 1) throw new Error(`Screen-pop variables: “${line}” is not of the form name=value.`);
  return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}
