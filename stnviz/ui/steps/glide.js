// The glide: animates a foreground from where one step has placed it to where the next one does.

import { homography } from "../stage/homography.js";
import { opaque } from "../stage/picture.js";
import { between } from "./step_trace.js";

/**
 * At a share of the way between two lattices: the window's `lattice`, and the maps `there` and `back`
 * between where the foreground started and where it is seen. The corners move in straight lines, and
 * a homography carries the rest. Null if a window is degenerate.
 */
export function glideOf({ head, arrays }, from, to, share) {
  const start = cornersOf(arrays.start.data, head.lattice);
  const now = cornersOf(between(from, to, share), head.lattice);
  const [there, back] = [homography(start, now), homography(now, start)];
  if (!there || !back) return null;
  return { there, back, lattice: pairs(arrays.start.data).flatMap(there) };
}

const pairs = (flat) => Array.from({ length: flat.length / 2 }, (_, k) => [flat[2 * k], flat[2 * k + 1]]);

/** The corners of n by n points, clockwise from the top left. */
function cornersOf(lattice, n) {
  const points = pairs(lattice);
  return [0, n - 1, n * n - 1, n * (n - 1)].map((k) => points[k]);
}

/**
 * Paints the background with the foreground sampled at `back`, as stnviz/compositing.py does: at the
 * end of a glide, the pixels equal those of the network's own composite.
 */
export function paintGlide(canvas, { background, foreground }, { there, back }) {
  const [, height, width] = background.shape;
  const { image, base, inked } = prepared(background, foreground);
  image.data.set(base);
  const { left, right, top, bottom } = reached(inked, there, width, height);
  const read = [0, 0, 0, 0];
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const [u, v] = back([(2 * x + 1) / width - 1, (2 * y + 1) / height - 1]);
      readAt(foreground, ((u + 1) * width - 1) / 2, ((v + 1) * height - 1) / 2, read);
      if (!read[3]) continue;
      const opacity = read[3] / 255;
      const at = 4 * (y * width + x);
      for (let k = 0; k < 3; k++) image.data[at + k] += opacity * (read[k] - image.data[at + k]);
    }
  }
  canvas.shown = null;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** Samples bilinearly into `read`; zero beyond the edge. */
function readAt({ data, shape: [, height, width] }, x, y, read) {
  read[0] = read[1] = read[2] = read[3] = 0;
  const [column, row] = [Math.floor(x), Math.floor(y)];
  for (let j = Math.max(row, 0); j <= row + 1 && j < height; j++) {
    for (let i = Math.max(column, 0); i <= column + 1 && i < width; i++) {
      const share = (1 - Math.abs(x - i)) * (1 - Math.abs(y - j));
      const at = 4 * (j * width + i);
      read[0] += share * data[at];
      read[1] += share * data[at + 1];
      read[2] += share * data[at + 2];
      read[3] += share * data[at + 3];
    }
  }
}

const PREPARED = new WeakMap();

/** A reused image, the background's bytes, and the box of the foreground's visible pixels. */
function prepared(background, foreground) {
  const known = PREPARED.get(foreground);
  if (known) return known;
  const [, height, width] = background.shape;
  const base = new Uint8ClampedArray(4 * width * height);
  opaque(base, background.data, 3);
  let [left, right, top, bottom] = [width, 0, height, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!foreground.data[4 * (y * width + x) + 3]) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  const inked = { left, right, top, bottom };
  PREPARED.set(foreground, { image: new ImageData(width, height), base, inked });
  return PREPARED.get(foreground);
}

/** The pixels that the box `inked` may reach; each pixel counts up to half a pixel around it. */
function reached({ left, right, top, bottom }, there, width, height) {
  const [xs, ys] = [[left - 1, right + 2], [top - 1, bottom + 2]];
  const places = xs.flatMap((x) => ys.map((y) => there([(2 * x) / width - 1, (2 * y) / height - 1])));
  const range = (axis, side) => {
    const ends = places.map((place) => ((place[axis] + 1) * side) / 2);
    return [Math.max(Math.floor(Math.min(...ends)), 0), Math.min(Math.ceil(Math.max(...ends)), side - 1)];
  };
  const [[from, to], [above, below]] = [range(0, width), range(1, height)];
  return { left: from, right: to, top: above, bottom: below };
}
