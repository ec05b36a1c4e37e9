// The loss over two numbers of theta: asked for in rows, coarse first, and drawn as it comes.

const SIDES = [11, 41]; // losses along each side, coarse and fine
const ROWS = { 11: 4, 41: 6 }; // rows of one request, at most: others are answered in between
const PATIENCE_MS = 250; // that one request may take
const SLOW_MS = 6; // for one loss: then the coarse landscape has to do
const COLOURS = [[22, 36, 58], [31, 111, 178], [136, 190, 219], [240, 226, 190], [217, 115, 13]];

export class Landscape {
  constructor(axes, theta, parameters) {
    this.axes = axes;
    this.low = axes.map((k) => Math.min(parameters[k].low, theta[k]));
    this.high = axes.map((k) => Math.max(parameters[k].high, theta[k]));
    this.losses = {};
    this.done = {};
    this.sides = SIDES;
    SIDES.forEach((side) => {
      this.losses[side] = new Float32Array(side * side).fill(NaN);
      this.done[side] = 0;
    });
  }

  /** The next request for rows that are missing; null once all are here. */
  next() {
    const side = this.sides.find((one) => this.done[one] < one);
    if (!side) return null;
    this.began = performance.now();
    const fitting = this.pace ? Math.max(1, Math.floor(PATIENCE_MS / (this.pace * side))) : 1;
    const count = Math.min(fitting, ROWS[side], side - this.done[side]);
    const rows = Array.from({ length: count }, (_, k) => this.done[side] + k);
    return { axes: this.axes, low: this.low, high: this.high, count: side, rows };
  }

  /** Takes rows of an answer. */
  add({ head, arrays }) {
    this.pace = (performance.now() - this.began) / arrays.losses.data.length;
    head.rows.forEach((row, k) => {
      this.losses[head.count].set(arrays.losses.data.subarray(k * head.count, (k + 1) * head.count), row * head.count);
    });
    this.done[head.count] = Math.max(this.done[head.count], head.rows.at(-1) + 1);
    // The first rows are slow everywhere: they warm up whoever computes them.
    if (this.done[SIDES[0]] === SIDES[0] && this.pace > SLOW_MS) this.sides = SIDES.slice(0, 1);
  }

  /** How much of the fine one is here, from 0 to 1. */
  get progress() {
    const last = this.sides.at(-1);
    return this.done[last] / last;
  }

  /** A place (from 0 to 1 across and down) as the two numbers of theta, and back. */
  thetaAt([x, y]) {
    return [this.low[0] + x * (this.high[0] - this.low[0]), this.low[1] + y * (this.high[1] - this.low[1])];
  }

  placeOf([a, b]) {
    return [(a - this.low[0]) / (this.high[0] - this.low[0]), (b - this.low[1]) / (this.high[1] - this.low[1])];
  }

  /** The finest loss that is known at a place. */
  lossAt([x, y]) {
    for (const side of [...SIDES].reverse()) {
      const k = Math.round(y * (side - 1)) * side + Math.round(x * (side - 1));
      const found = this.losses[side][k];
      if (Number.isFinite(found)) return found;
    }
    return NaN;
  }

  /** A canvas with the losses that are known, dark where they are small. */
  raster() {
    const side = SIDES[1];
    const canvas = new OffscreenCanvas(side, side);
    const context = canvas.getContext("2d");
    const image = context.createImageData(side, side);
    const known = [...this.losses[SIDES[0]], ...this.losses[side]].filter(Number.isFinite);
    const [low, high] = [Math.min(...known), Math.max(...known)];
    const level = (loss) => (Math.log1p(loss) - Math.log1p(low)) / (Math.log1p(high) - Math.log1p(low) || 1);
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        const loss = this.lossAt([column / (side - 1), row / (side - 1)]);
        const colour = Number.isFinite(loss) ? mixed(level(loss)) : [120, 120, 120];
        image.data.set([...colour, 255], 4 * (row * side + column));
      }
    }
    context.putImageData(image, 0, 0);
    this.range = [low, high];
    return canvas;
  }
}

function mixed(share) {
  const at = Math.min(Math.max(share, 0), 1) * (COLOURS.length - 1);
  const k = Math.min(Math.floor(at), COLOURS.length - 2);
  return COLOURS[k].map((low, part) => Math.round(low + (at - k) * (COLOURS[k + 1][part] - low)));
}
