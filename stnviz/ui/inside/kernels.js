// How a sampler reads one output pixel: source pixels, their weights, and the slopes of its value.
//
// As torch's grid_sample (Jaderberg et al. 2015, eq. 3 to 7). Places are pixels of the input, 0 at
// the centre of the first; a derivative is that of the value to the place.

const CUBIC = -0.75; // torch's bicubic kernel (Keys 1981)

/**
 * A coordinate in [-1, 1] as pixels of an extent; -1 and 1 are edges, or with `corners` centres. In
 * float32, as the sampler computes it: a sample on a pixel is then exactly there.
 */
export function toPixels(u, extent, corners) {
  const scaled = Math.fround(Math.fround(u + 1) * Math.fround((corners ? extent - 1 : extent) / 2));
  return corners ? scaled : Math.fround(scaled - 0.5);
}

/** The reverse of toPixels. */
export const toUnits = (x, extent, corners) =>
  corners ? (2 * x) / Math.max(extent - 1, 1) - 1 : (2 * x + 1) / extent - 1;

/**
 * The source pixels of a place (x, y) in an input of the given size: { column, row, weight, inside,
 * across, down }. `across` and `down` are the derivatives of the weight to x and y. With zeros as
 * padding, pixels that are not inside count as 0; with other paddings the place is moved first.
 */
export function tapsAt([x, y], { width, height, kernel, padding, corners }) {
  if (!Number.isFinite(x + y)) return [];
  const cubic = kernel === "bicubic";
  const [px, sx] = padding === "zeros" || cubic ? [x, 1] : moved(x, width, padding, corners);
  const [py, sy] = padding === "zeros" || cubic ? [y, 1] : moved(y, height, padding, corners);
  const along = (place) => (cubic ? cubicWeights(place) : kernel === "nearest" ? nearestWeight(place) : linearWeights(place));
  const [xs, ys] = [along(px), along(py)];
  const taps = [];
  for (const { at: row, weight: v, slope: dv } of ys) {
    for (const { at: column, weight: u, slope: du } of xs) {
      const [c, r] = padding === "zeros" || !cubic ? [column, row] : [moved(column, width, padding, corners)[0], moved(row, height, padding, corners)[0]].map(Math.round);
      const inside = c >= 0 && r >= 0 && c < width && r < height;
      taps.push({ column: c, row: r, weight: u * v, inside, across: du * v * sx, down: u * dv * sy });
    }
  }
  return taps;
}

/** Eq. 5 along one axis: max(0, 1 - |x - m|), and its slope; at a whole number that to its right. */
function linearWeights(x) {
  const first = Math.floor(x);
  const share = x - first;
  return [
    { at: first, weight: 1 - share, slope: -1 },
    { at: first + 1, weight: share, slope: 1 },
  ];
}

/** Eq. 4: the nearest pixel, halves to the even one; no slope anywhere. */
function nearestWeight(x) {
  const near = Math.round(x);
  const even = Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : near;
  return [{ at: even, weight: 1, slope: 0 }];
}

function cubicWeights(x) {
  const first = Math.floor(x);
  const t = x - first;
  const near = (s) => ((CUBIC + 2) * s - (CUBIC + 3)) * s * s + 1;
  const far = (s) => ((CUBIC * s - 5 * CUBIC) * s + 8 * CUBIC) * s - 4 * CUBIC;
  const nearSlope = (s) => (3 * (CUBIC + 2) * s - 2 * (CUBIC + 3)) * s;
  const farSlope = (s) => (3 * CUBIC * s - 10 * CUBIC) * s + 8 * CUBIC;
  return [
    { at: first - 1, weight: far(t + 1), slope: farSlope(t + 1) },
    { at: first, weight: near(t), slope: nearSlope(t) },
    { at: first + 1, weight: near(1 - t), slope: -nearSlope(1 - t) },
    { at: first + 2, weight: far(2 - t), slope: -farSlope(2 - t) },
  ];
}

/** A place moved into the input by border or reflection padding, and the slope of that move. */
function moved(x, extent, padding, corners) {
  const [place, slope] = padding === "reflection" ? reflected(x, extent, corners) : [x, 1];
  if (place < 0) return [0, 0];
  if (place > extent - 1) return [extent - 1, 0];
  return [place, slope];
}

function reflected(x, extent, corners) {
  const [low, span] = corners ? [0, extent - 1] : [-0.5, extent];
  if (span === 0) return [0, 0];
  const away = Math.abs(x - low);
  const sign = x < low ? -1 : 1;
  const flips = Math.floor(away / span);
  const extra = away - flips * span;
  return flips % 2 ? [span - extra + low, -sign] : [extra + low, sign];
}

/** The value of an input (C, h, w) at taps, by channel. */
export function valueAt(taps, { data, shape }, part = "weight") {
  const [channels, height, width] = shape;
  return Array.from({ length: channels }, (_, c) =>
    taps.reduce((sum, tap) => {
      if (!tap.inside) return sum;
      return sum + tap[part] * data[(c * height + tap.row) * width + tap.column];
    }, 0),
  );
}

/** How often each pixel of an input is read: the sum of its weights over all output pixels. */
export function readCounts(grid, sampler) {
  const { width, height, corners } = sampler;
  const counts = new Float32Array(width * height);
  const share = new Uint8Array(width * height);
  for (let k = 0; k < grid.data.length; k += 2) {
    const place = [toPixels(grid.data[k], width, corners), toPixels(grid.data[k + 1], height, corners)];
    for (const { column, row, weight, inside } of tapsAt(place, sampler)) {
      if (!inside) continue;
      counts[row * width + column] += Math.abs(weight);
      if (Math.abs(weight) > READ) share[row * width + column] = 1;
    }
  }
  const read = share.reduce((sum, one) => sum + one, 0) / share.length;
  return { counts: { data: counts, shape: [height, width] }, read };
}

const READ = 0.05; // a pixel with less weight than this everywhere counts as not read
