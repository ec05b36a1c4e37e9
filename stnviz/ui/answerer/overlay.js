// What is random in a distorted digit: the same clutter and noise as stnviz/data draws from a seed.

import { DIGIT } from "../stage/geometry.js";

const PIECE = 6; // side of a piece of clutter
const MOST_PIECES = 16; // pieces
const FIRST_BLOCK = 6; // pieces that are always drawn together, the rest after them
const INK = [4, 19]; // where a piece may begin in its digit
const GALLERY = 9000; // where the digits that pieces are cut from may begin in the gallery
const CUT_FROM = 64; // digits

/**
 * Promises the inputs of a graph that are random, from a new Generator: `pieces`, `places` and `grain`, as far as `values`
 * has clutter and noise. `cuttings(from, count)` promises the grey levels of digits of the gallery.
 */
export async function overlay(random, values, canvas, cuttings) {
  const inputs = {};
  if ("clutter" in values) Object.assign(inputs, await clutterOf(random, values.clutter, canvas, cuttings));
  if ("noise" in values) {
    const count = canvas * canvas;
    const data = values.noise > 0 ? random.normals(count) : new Float32Array(count);
    inputs.grain = { data, shape: [1, 1, canvas, canvas] };
  }
  return inputs;
}

async function clutterOf(random, wanted, canvas, cuttings) {
  const pieces = new Float32Array(MOST_PIECES * PIECE * PIECE);
  const places = new Float32Array(MOST_PIECES * 2);
  const from = wanted ? random.integers(0, GALLERY, 1)[0] : 0;
  const count = Math.min(MOST_PIECES, wholeOf(wanted));
  if (count > 0) {
    const drawn = [...someCuts(random, FIRST_BLOCK, canvas)];
    if (count > FIRST_BLOCK) drawn.push(...someCuts(random, MOST_PIECES - FIRST_BLOCK, canvas));
    const levels = await cuttings(from, CUT_FROM);
    drawn.slice(0, count).forEach(({ digit, top, left, row, column }, k) => {
      places.set([column, row], 2 * k);
      for (let y = 0; y < PIECE; y++) {
        const start = (digit * DIGIT + top + y) * DIGIT + left;
        const line = Float32Array.from(levels.subarray(start, start + PIECE), (level) => level / 255);
        pieces.set(line, (k * PIECE + y) * PIECE);
      }
    });
  }
  return {
    pieces: { data: pieces, shape: [1, MOST_PIECES, PIECE, PIECE] },
    places: { data: places, shape: [1, MOST_PIECES, 2] },
  };
}

/** Some pieces: where each is cut, and where it is pasted. */
function someCuts(random, count, canvas) {
  const corner = [0, canvas - PIECE + 1];
  const ranges = [[0, CUT_FROM], INK, INK, corner, corner];
  const [digits, tops, lefts, rows, columns] = ranges.map(([low, high]) =>
    random.integers(low, high, count),
  );
  return digits.map((digit, k) => ({
    digit, top: tops[k], left: lefts[k], row: rows[k], column: columns[k],
  }));
}

/** Rounds as torch does: halves to the even number. */
function wholeOf(number) {
  const whole = Math.round(number);
  return whole - number === 0.5 && whole % 2 ? whole - 1 : whole;
}
