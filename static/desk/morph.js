/**
 * Makes an element's content equal to HTML with as few changes as can be, so that focus, hover and selection stay where they are.
 * Children with a `data-key` are told apart by it, all others by their place. The text of a ticking `<time>` is the page's own.
 *
 * @param {Element} element
 * @param {string} html
 */
export function morph(element, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  morphChildren(element, template.content);
}

/**
 * The same for an element with its attributes, made equal to another, which is used up.
 *
 * @param {Element} element
 * @param {Element} wanted
 */
export function morphElement(element, wanted) {
  morphNode(element, wanted);
}

/**
 * @param {Node} old
 * @param {Node} fresh
 */
function morphChildren(old, fresh) {
  let place = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const found = matching(place, wanted);
    if (found === null) {
      old.insertBefore(wanted, place);
      continue;
    }
    if (found === place) place = place.nextSibling;
    else old.insertBefore(found, place);
    morphNode(found, wanted);
  }
  while (place !== null) {
    const next = place.nextSibling;
    place.parentNode?.removeChild(place);
    place = next;
  }
}

/**
 * @param {ChildNode | null} from
 * @param {Node} wanted
 */
function matching(from, wanted) {
  const key = keyOf(wanted);
  for (let node = from; node !== null; node = node.nextSibling) {
    if (node.nodeName === wanted.nodeName && keyOf(node) === key) return node;
    if (key === null) return null;
  }
  return null;
}

/** @param {Node} node */
function keyOf(node) {
  return node instanceof Element ? node.getAttribute("data-key") : null;
}

/**
 * @param {Node} old
 * @param {Node} wanted
 */
function morphNode(old, wanted) {
  if (!(old instanceof Element && wanted instanceof Element)) {
    if (old.nodeValue !== wanted.nodeValue) old.nodeValue = wanted.nodeValue;
    return;
  }
  // Whether a button waits for its answer is the page's own too.
  for (const { name } of [...old.attributes]) if (name !== "aria-busy" && !wanted.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of wanted.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (!(old instanceof HTMLTimeElement)) morphChildren(old, wanted);
}
