// An answer of the live route on the inside of a network, with what follows from it.

import { imageRaster } from "../debug/figures/raster.js";
import { placeIn, readCounts, tapsAt, toUnits, valueAt } from "./kernels.js";

/** A network opened at one transformer on one image; `before` is the last answer on the same image. */
export class Opened {
  constructor({ head, arrays }, before) {
    this.head = { ...(before ? { layers: before.head.layers, bounded: before.head.bounded } : {}), ...head };
    this.arrays = { ...(before?.kept ?? {}), ...arrays };
    const { image, input, plain, features, weight, bias } = this.arrays;
    this.kept = { image, input, plain, features, weight, bias };
    for (const name of Object.keys(this.arrays)) if (name.startsWith("layer")) this.kept[name] = this.arrays[name];
    [this.channels, this.height, this.width] = input.shape;
    [this.rows, this.columns] = this.arrays.grid.shape;
    const { kernel, padding, align_corners: corners } = head.sampler;
    this.sampler = { width: this.width, height: this.height, kernel, padding, corners };
    this.scale = input.data instanceof Uint8Array ? 255 : 1;
  }

  /** Where output pixel (x, y) is read, in pixels of the input. */
  read(x, y) {
    return placeIn(this.arrays.grid, y * this.columns + x, this.sampler);
  }

  /** A place in pixels of the input, in [-1, 1]. */
  units([x, y]) {
    const { corners } = this.sampler;
    return [toUnits(x, this.width, corners), toUnits(y, this.height, corners)];
  }

  /** Source pixels and weights of output pixel (x, y). */
  taps(x, y) {
    return tapsAt(this.read(x, y), this.sampler);
  }

  /** The value of the input at a pixel, by channel, as the sampler reads it. */
  inputAt(column, row) {
    const { data } = this.arrays.input;
    return Array.from({ length: this.channels }, (_, c) => data[(c * this.height + row) * this.width + column] / this.scale);
  }

  /** The value of output pixel (x, y) by its source pixels, or a derivative of it. */
  value(x, y, part) {
    return valueAt(this.taps(x, y), this.arrays.input, part).map((one) => one / this.scale);
  }

  /** An input or output (C, h, w) of floats or bytes as a small canvas. */
  raster(name) {
    return (this[`raster:${name}`] ??= imageRaster(asShades(this.arrays[name])));
  }

  /** How often each input pixel is read. */
  get counts() {
    return (this.counted ??= readCounts(this.arrays.grid, this.sampler));
  }

  /** Whether output pixel (x, y) is read from outside the input. */
  isOutside(x, y) {
    const [u, v] = this.read(x, y);
    return u < -0.5 || v < -0.5 || u > this.width - 0.5 || v > this.height - 0.5;
  }

  /** Whether nothing of the input is read. */
  isAllOutside() {
    for (let y = 0; y < this.rows; y++) {
      for (let x = 0; x < this.columns; x++) if (this.taps(x, y).some(({ inside }) => inside)) return false;
    }
    return true;
  }
}

/** Maps (C, h, w) as an image (h, w) or (h, w, 3) of bytes; values beyond [0, 1] set the range. */
export function asShades({ data, shape }) {
  const [channels, height, width] = shape;
  const size = height * width;
  let [low, high] = [0, data instanceof Uint8Array ? 255 : 1];
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const parts = channels === 3 ? 3 : 1;
  const bytes = new Uint8ClampedArray(size * parts);
  for (let k = 0; k < size; k++) {
    for (let c = 0; c < parts; c++) {
      // Two channels, as of two digits on one sheet, are shown together.
      let value = data[c * size + k];
      if (channels === 2) value = Math.max(value, data[size + k]);
      bytes[parts * k + c] = (255 * (value - low)) / (high - low || 1);
    }
  }
  return { data: bytes, shape: parts === 3 ? [height, width, 3] : [height, width] };
}
