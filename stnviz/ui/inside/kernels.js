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

/** What a grid (h, w, 2) reads of an input (C, H, W) of floats: (C, h, w). */
export function sampledBy(input, grid, sampler) {
  const [channels] = input.shape;
  const [rows, columns] = grid.shape;
  const size = rows * columns;
  const data = new Float32Array(channels * size);
  if (isUsual(sampler)) {
    eachSquare(input, grid, sampler, (k, c, a, b, d, e, u, v) => {
      data[c * size + k] = (1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * d + u * e);
    });
    return { data, shape: [channels, rows, columns] };
  }
  for (let k = 0; k < size; k++) {
    const values = valueAt(tapsAt(placeIn(grid, k, sampler), sampler), input);
    for (let c = 0; c < channels; c++) data[c * size + k] = values[c];
  }
  return { data, shape: [channels, rows, columns] };
}

/** The gradient with respect to a grid (h, w, 2), from that with respect to its output (C, h, w) (eq. 7). */
export function pullOn(input, grid, sampler, { data: wanted }) {
  const [rows, columns] = grid.shape;
  const size = rows * columns;
  const data = new Float32Array(2 * size);
  const [right, down] = [sampler.width, sampler.height].map((extent) => (sampler.corners ? extent - 1 : extent) / 2);
  if (isUsual(sampler)) {
    eachSquare(input, grid, sampler, (k, c, a, b, d, e, u, v) => {
      data[2 * k] += right * wanted[c * size + k] * ((1 - v) * (b - a) + v * (e - d));
      data[2 * k + 1] += down * wanted[c * size + k] * ((1 - u) * (d - a) + u * (e - b));
    });
    return { data, shape: grid.shape };
  }
  for (let k = 0; k < size; k++) {
    const taps = tapsAt(placeIn(grid, k, sampler), sampler);
    const pulled = (way) => valueAt(taps, input, way).reduce((sum, one, c) => sum + one * wanted[c * size + k], 0);
    data[2 * k] = right * pulled("across");
    data[2 * k + 1] = down * pulled("down");
  }
  return { data, shape: grid.shape };
}

const isUsual = ({ kernel, padding }) => kernel === "bilinear" && padding === "zeros";

/**
 * Calls visit(k, channel, topLeft, topRight, bottomLeft, bottomRight, u, v) with the four pixels around
 * each place of a grid, 0 outside, and where in their square it lies. It
 * makes no lists, which take longer than everything else.
 */
function eachSquare({ data, shape: [channels, height, width] }, grid, { corners }, visit) {
  const at = (plane, row, column) =>
    column < 0 || row < 0 || column >= width || row >= height ? 0 : data[plane + row * width + column];
  for (let k = 0; 2 * k < grid.data.length; k++) {
    const x = toPixels(grid.data[2 * k], width, corners);
    const y = toPixels(grid.data[2 * k + 1], height, corners);
    if (!Number.isFinite(x + y)) continue;
    const [column, row] = [Math.floor(x), Math.floor(y)];
    for (let c = 0; c < channels; c++) {
      const plane = c * height * width;
      visit(
        k, c, at(plane, row, column), at(plane, row, column + 1),
        at(plane, row + 1, column), at(plane, row + 1, column + 1), x - column, y - row,
      );
    }
  }
}

/** Where output pixel k of a grid is read, in pixels of the input. */
export const placeIn = ({ data }, k, { width, height, corners }) => [
  toPixels(data[2 * k], width, corners),
  toPixels(data[2 * k + 1], height, corners),
];

/** How often each pixel of an input is read: the sum of its weights over all output pixels. */
export function readCounts(grid, sampler) {
  const { width, height } = sampler;
  const counts = new Float32Array(width * height);
  const share = new Uint8Array(width * height);
  for (let k = 0; 2 * k < grid.data.length; k++) {
    for (const { column, row, weight, inside } of tapsAt(placeIn(grid, k, sampler), sampler)) {
      if (!inside) continue;
      counts[row * width + column] += Math.abs(weight);
      if (Math.abs(weight) > READ) share[row * width + column] = 1;
    }
  }
  const read = share.reduce((sum, one) => sum + one, 0) / share.length;
  return { counts: { data: counts, shape: [height, width] }, read };
}

const READ = 0.05; // a pixel with less weight than this everywhere counts as not read
