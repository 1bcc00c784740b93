/**
 * What a window posted, as JSON text for the server. postMessage clones values that JSON cannot carry: they are tagged
 * `{"$js": kind}`, so that the server sees what the panel sent (NaN would become null, and a wrong registration look right).
 */

const DEEPEST = 64;

/** @param {unknown} value */
export function encode(value) {
  return JSON.stringify(tagged(value, []));
}

/**
 * @param {unknown} value
 * @param {object[]} ancestors
 * @returns {unknown}
 */
function tagged(value, ancestors) {
  switch (typeof value) {
    case "string":
      return value.toWellFormed(); // half a surrogate pair, say of a name cut short, is no Unicode text
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : { $js: String(value) };
    case "object":
      return value === null ? null : taggedObject(value, ancestors);
    case "undefined":
      return { $js: "undefined" };
    default: // a bigint: functions and symbols cannot be posted
      return { $js: "BigInt", text: String(value) };
  }
}

/**
 * @param {object} value
 * @param {object[]} ancestors
 */
function taggedObject(value, ancestors) {
  if (ancestors.includes(value)) return { $js: "cycle" };
  if (ancestors.length >= DEEPEST) return { $js: "deep" };
  const within = [...ancestors, value];
  if (Array.isArray(value)) return Array.from(value, (item) => tagged(item, within));
  if (value instanceof Date) return { $js: "Date", text: String(value) };
  if (Object.getPrototypeOf(value) !== Object.prototype) return { $js: value.constructor?.name ?? "object" };
  const copy = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, tagged(item, within)]));
  return Object.hasOwn(copy, "$js") ? { $js: "Object", value: copy } : copy;
}
