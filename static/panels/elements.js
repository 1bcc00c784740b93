/**
 * A new element. Text stays text: nothing in it is read as HTML.
 *
 * @param {string} tag
 * @param {string} [className]
 * @param {string} [text]
 */
export function made(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}
