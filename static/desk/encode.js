/**
 * What a window posted, as JSON text for the server. postMessage clones values that JSON cannot carry: they are tagged
 * `{"$js": kind}`, so that the server sees what the panel sent (NaN would become null, and a wrong registration look right).
 */

const DEEPEST = 64;

/** @param {unknown} value */
export function encode(value) {
  return JSON.stringify(isPlain(value, 0) ? value : tagged(value, []));
}

/**
 * Whether JSON carries the value as it is, as nearly every message: then it need not be copied.
 *
 * @param {unknown} value
 * @param {number} depth
 * @returns {boolean}
 */
function isPlain(value, depth) {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return typeof value === "boolean" || value === null;
  if (depth === DEEPEST || "$js" in value) return false;
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth + 1)) && !hasHoles(value);
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const key in value) if (!key.isWellFormed() || !isPlain(/** @type {any} */ (value)[key], depth + 1)) return false;
  return true;
}

/** @param {unknown[]} list which JSON would fill with null */
function hasHoles(list) {
  return Object.keys(list).length !== list.length;
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
  const copy = Object.fromEntries(Object.entries(value).map(([key, item]) => [key.toWellFormed(), tagged(item, within)]));
  return Object.hasOwn(copy, "$js") ? { $js: "Object", value: copy } : copy;
}
