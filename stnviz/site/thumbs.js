// The ten digits that a page of the site offers.

import { make } from "../ui/stage/dom.js";
import { DIGIT } from "../ui/stage/geometry.js";

const PERIOD = 0.6180339887;
const EVEN = 0.86; // of the gallery's digits: so far, index 10 k + c is a c

/** Indices of ten other digits of the gallery, one of each class. */
export function otherDigits(seed, count) {
  const turns = EVEN * (count / 10);
  const turn = (k) => Math.floor(turns * ((seed * (2 * k + 1) * PERIOD) % 1));
  return Array.from({ length: 10 }, (_, k) => 10 * turn(k) + k);
}

/** Promises these digits as a component is offered them; the one that is shown stands for its class. */
export async function thumbsOf(offered, shown, label, digits) {
  const indices = offered.with(label, shown);
  const levels = await Promise.all(indices.map((index) => digits.one(index)));
  return { indices, sprite: spriteOf(levels) };
}

/** A picture of digits in a row, as an address. */
function spriteOf(digits) {
  const canvas = make("canvas", { width: DIGIT * digits.length, height: DIGIT });
  const context = canvas.getContext("2d");
  digits.forEach((levels, k) => {
    const image = context.createImageData(DIGIT, DIGIT);
    image.data.forEach((_, at) => (image.data[at] = at % 4 === 3 ? 255 : levels[at >> 2]));
    context.putImageData(image, k * DIGIT, 0);
  });
  return canvas.toDataURL("image/png");
}
