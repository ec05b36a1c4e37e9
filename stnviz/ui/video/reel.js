// The frames of a clip, each a small image file, decoded on demand.

const KEPT = 64_000_000; // bytes of decoded frames that are kept

export class Reel {
  constructor({ data }, { ends, kind }) {
    Object.assign(this, { data, ends, kind });
    this.decoded = new Map();
    this.most = 120;
  }

  /** A promise of frame k as a bitmap. */
  frame(k) {
    const there = this.decoded.get(k);
    if (there) return there;
    const file = this.data.subarray(k ? this.ends[k - 1] : 0, this.ends[k]);
    const coming = createImageBitmap(new Blob([file], { type: this.kind })).then((bitmap) => {
      this.most = Math.max(24, Math.floor(KEPT / (4 * bitmap.width * bitmap.height)));
      return bitmap;
    });
    this.decoded.set(k, coming);
    if (this.decoded.size > this.most) {
      const [oldest] = this.decoded.keys();
      this.decoded.delete(oldest);
    }
    return coming;
  }

  /** Starts to decode the next frames. */
  ahead(k, count = 6) {
    for (let next = k + 1; next <= Math.min(k + count, this.ends.length - 1); next++) this.frame(next);
  }
}

/** Draws a bitmap, or part k of `count` parts side by side, on a canvas of that size. */
export function show(canvas, bitmap, k = 0, count = 1) {
  const width = bitmap.width / count;
  if (canvas.width !== width || canvas.height !== bitmap.height) {
    Object.assign(canvas, { width, height: bitmap.height });
  }
  canvas.getContext("2d").drawImage(bitmap, -k * width, 0);
}
