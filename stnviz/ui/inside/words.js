// Numbers and answers of the Inside page in words.

import { make } from "../stage/dom.js";
import { figure } from "../stage/reading.js";

export const percent = (share) => `${Math.round(100 * share)} %`;

/** A number with a real minus sign, `decimals` or fewer digits after the point. */
export const short = (x, decimals = 3) => (Number.isFinite(x) ? figure(x, decimals).trim() : "not finite");

/** A number that may be very small, to three digits. */
export function small(x) {
  if (!Number.isFinite(x)) return "not finite";
  if (x === 0 || Math.abs(x) >= 0.001) return short(x, 3);
  const power = Math.floor(Math.log10(Math.abs(x)));
  const raised = [...String(-power)].map((digit) => "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"[digit]).join("");
  return `${short(x / 10 ** power, 1)} \u00d7 10\u207b${raised}`;
}

/** A row of a table. */
export const rowOf = (tag, texts) => make("tr", {}, ...texts.map((text) => make(tag, {}, text)));

/** The best class of probabilities (classes) or (places, classes): its words and its probability. */
export function bestOf({ data, shape }, classes) {
  const count = shape.at(-1);
  const places = data.length / count;
  let share = 1;
  const names = [];
  for (let place = 0; place < places; place++) {
    const one = data.subarray(place * count, (place + 1) * count);
    let best = 0;
    one.forEach((value, k) => (best = value > one[best] ? k : best));
    share *= one[best];
    names.push(className(best, classes));
  }
  const text = names.filter((name) => name !== "").join(places > 1 ? "" : " ");
  return { text: Number.isFinite(share) ? text : "\u2013", share: Number.isFinite(share) ? share : 0 };
}

/** The name of a class: its own, its number, or nothing for an empty place. */
export const className = (index, classes) => (classes ? classes[index] ?? "" : String(index));

/** Names of the elements of theta. */
export function thetaNames(head) {
  return head.parameters.map(({ name }, k) => (head.transform === "thin-plate-spline" ? name : `\u03b8${subscript(k + 1)} ${name.replace("_", " ")}`));
}

const subscript = (number) => [...String(number)].map((digit) => String.fromCharCode(0x2080 + Number(digit))).join("");
