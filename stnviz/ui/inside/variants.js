// The same theta on another input: averaged before it is sampled, or not square.

import { sampledBy } from "./kernels.js";
import { Opened } from "./opened.js";

const WORTH = 1.5; // input pixels from one output pixel to the next, from which on averaging helps
export const WIDER = 3; // copies of the input side by side

/** Pixels of the input from one output pixel to the next, as a mean over the grid's two middle lines. */
export function stride(opened) {
  const { columns, rows } = opened;
  const [x, y] = [columns >> 1, rows >> 1];
  const far = (from, to) => Math.hypot(to[0] - from[0], to[1] - from[1]);
  const across = far(opened.read(0, y), opened.read(columns - 1, y)) / Math.max(columns - 1, 1);
  const down = far(opened.read(x, 0), opened.read(x, rows - 1)) / Math.max(rows - 1, 1);
  return (across + down) / 2;
}

/** The side of the squares over which to average before sampling; 1 where nothing is skipped. */
export function poolingOf(opened) {
  const step = stride(opened);
  return step >= WORTH ? Math.min(Math.round(step), opened.width, opened.height) : 1;
}

/** The same grid on the input averaged over squares of about `side` pixels (torch's adaptive_avg_pool2d). */
export function averaged(opened, side) {
  const { channels, height, width, arrays } = opened;
  const [rows, columns] = [Math.round(height / side), Math.round(width / side)];
  const data = new Float32Array(channels * rows * columns);
  for (let c = 0, k = 0; c < channels; c++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, k++) {
        data[k] = meanOf(opened, c, span(row, rows, height), span(column, columns, width));
      }
    }
  }
  const pooled = new Opened({ head: opened.head, arrays: { ...arrays, input: { data, shape: [channels, rows, columns] } } });
  pooled.arrays.output = sampledBy(pooled.arrays.input, pooled.arrays.grid, pooled.sampler);
  return pooled;
}

/** The same theta on a picture that is WIDER times as wide: the input, side by side with itself. */
export function widened(opened) {
  const { channels, height, width, arrays } = opened;
  const data = new arrays.input.data.constructor(channels * height * WIDER * width);
  for (let line = 0; line < channels * height; line++) {
    const row = arrays.input.data.subarray(line * width, (line + 1) * width);
    for (let copy = 0; copy < WIDER; copy++) data.set(row, (line * WIDER + copy) * width);
  }
  return new Opened({ head: opened.head, arrays: { ...arrays, input: { data, shape: [channels, height, WIDER * width] } } });
}

/** Length of one step to the right and one down in the output, in input pixels, and their angle in degrees. */
export function stepsInPixels(opened) {
  const [x, y] = [opened.columns >> 1, opened.rows >> 1];
  const from = opened.read(x, y);
  const [right, down] = [opened.read(x + 1, y), opened.read(x, y + 1)].map((to) => [to[0] - from[0], to[1] - from[1]]);
  const [across, along] = [Math.hypot(...right), Math.hypot(...down)];
  const cosine = (right[0] * down[0] + right[1] * down[1]) / (across * along || 1);
  return { across, along, angle: (180 / Math.PI) * Math.acos(Math.min(Math.max(cosine, -1), 1)) };
}

/** The pixels that cell `k` of `count` covers, of an extent: from, to. */
const span = (k, count, extent) => [Math.floor((k * extent) / count), Math.ceil(((k + 1) * extent) / count)];

function meanOf({ width, height, arrays, scale }, channel, [top, bottom], [left, right]) {
  let sum = 0;
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) sum += arrays.input.data[(channel * height + row) * width + column];
  }
  return sum / ((bottom - top) * (right - left) * scale);
}
