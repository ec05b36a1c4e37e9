// A dense sampling grid over its input: lines, outline, and where single samples are read.

/** A picture as the page sends it, with what is computed from where it reads. */
export class Warp {
  constructor({ head, arrays }) {
    Object.assign(this, { head, arrays });
    [this.height, this.width] = head.size;
    [this.rows, this.columns] = arrays.reads.shape;
    this.every = head.every;
  }

  /** Where sample (column, row) is read, in pixels of the input; 0 is the centre of the first. */
  read(column, row) {
    const k = 2 * (row * this.columns + column);
    return [this.arrays.reads.data[k], this.arrays.reads.data[k + 1]];
  }

  /** Pixels in [-1, 1], as the sampler counts them. */
  unit([x, y]) {
    const one = (place, extent) =>
      this.head.corners ? (2 * place) / Math.max(extent - 1, 1) - 1 : (2 * place + 1) / extent - 1;
    return [one(x, this.width), one(y, this.height)];
  }

  /** Where the identity would read. */
  rest(column, row) {
    const [h, w] = this.head.out;
    const one = (index, count, extent) =>
      this.head.corners
        ? count > 1 ? (index * (extent - 1)) / (count - 1) : (extent - 1) / 2
        : ((index + 0.5) * extent) / count - 0.5;
    return [one(column * this.every, w, this.width), one(row * this.every, h, this.height)];
  }

  /** A map over all samples, of `parts` numbers each. */
  map(value, parts = 1) {
    const data = new Float32Array(this.rows * this.columns * parts);
    for (let row = 0; row < this.rows; row++) {
      for (let column = 0; column < this.columns; column++) {
        const found = value(column, row);
        data.set(parts === 1 ? [found] : found, parts * (row * this.columns + column));
      }
    }
    return { data, shape: parts === 1 ? [this.rows, this.columns] : [this.rows, this.columns, parts] };
  }

  /** How far outside the input each sample is read, in pixels. */
  outside() {
    const beyond = (place, extent) => Math.max(-0.5 - place, place - extent + 0.5, 0);
    return this.map((column, row) => {
      const [x, y] = this.read(column, row);
      if (!Number.isFinite(x + y)) return NaN;
      return Math.hypot(beyond(x, this.width), beyond(y, this.height));
    });
  }

  /** Where each sample is moved from the identity, in pixels. */
  moves() {
    return this.map((column, row) => {
      const [x, y] = this.read(column, row);
      const [u, v] = this.rest(column, row);
      return [x - u, y - v];
    }, 2);
  }

  /** The rectangle of the input figure: the input, and what of the grid lies around it. */
  view() {
    const { data } = this.arrays.reads;
    let [left, top, right, bottom] = [0, 0, this.width, this.height];
    for (let k = 0; k < data.length; k += 2) {
      if (!Number.isFinite(data[k] + data[k + 1])) continue;
      left = Math.min(left, data[k]);
      right = Math.max(right, data[k] + 1);
      top = Math.min(top, data[k + 1]);
      bottom = Math.max(bottom, data[k + 1] + 1);
    }
    const room = 0.6 * Math.max(this.width, this.height);
    const side = Math.max(this.width, this.height);
    const margin = Math.max(-left, -top, right - this.width, bottom - this.height, 0.03 * side) + 0.03 * side;
    const m = Math.min(margin, room);
    return [-m, -m, this.width + m, this.height + m];
  }
}

/** A layer with at most `most` lines of the grid along each axis, and the window's outline. */
export function gridLayer(warp, { colour, most = 13, opacity = 0.8 }) {
  const lines = [];
  const some = (count) => {
    const step = Math.max(1, Math.ceil((count - 1) / (most - 1)));
    const picked = [];
    for (let k = 0; k < count; k += step) picked.push(k);
    if (picked.at(-1) !== count - 1) picked.push(count - 1);
    return picked;
  };
  const along = (count, at) => Array.from({ length: count }, (_, k) => at(k));
  for (const row of some(warp.rows)) {
    lines.push({ edge: row === 0 || row === warp.rows - 1, top: row === 0, points: along(warp.columns, (k) => warp.read(k, row)) });
  }
  for (const column of some(warp.columns)) {
    lines.push({ edge: column === 0 || column === warp.columns - 1, points: along(warp.rows, (k) => warp.read(column, k)) });
  }
  return (pen) => {
    const inner = lines.filter(({ edge }) => !edge);
    const outer = lines.filter(({ edge }) => edge);
    inner.forEach(({ points }) => strokePoints(pen, points, { colour, width: 1, opacity: 0.6 * opacity }));
    outer.forEach(({ points }) => strokePoints(pen, points, { colour, width: 2, halo: true, opacity }));
    const top = lines.find((line) => line.top);
    if (top) strokePoints(pen, top.points, { colour, width: 4, opacity });
  };
}

/** Strokes a line through points in pixels; it breaks where one is not finite. */
export function strokePoints(pen, points, { colour, width, halo = false, opacity = 1, closed = false }) {
  const { context, unit } = pen;
  context.beginPath();
  let drawing = false;
  for (const [x, y] of points) {
    if (!Number.isFinite(x + y)) {
      drawing = false;
      continue;
    }
    const [left, top] = pen.at(x + 0.5, y + 0.5);
    if (drawing) context.lineTo(left, top);
    else context.moveTo(left, top);
    drawing = true;
  }
  if (closed) context.closePath();
  context.globalAlpha = opacity;
  context.lineJoin = "round";
  if (halo) {
    context.strokeStyle = "rgba(10, 12, 16, 0.55)";
    context.lineWidth = (width + 1.6) * unit;
    context.stroke();
  }
  context.strokeStyle = colour;
  context.lineWidth = width * unit;
  context.stroke();
  context.globalAlpha = 1;
}

/** A layer with the frame of the input, so that it shows on any ground. */
export const frameLayer = (width, height) => (pen) => {
  const { context, unit } = pen;
  const [[left, top], [right, bottom]] = [pen.at(0, 0), pen.at(width, height)];
  context.strokeStyle = pen.style("--faint");
  context.lineWidth = unit;
  context.strokeRect(left, top, right - left, bottom - top);
};

/** A mark on a pixel: its square, with a dark halo. */
export const squareMark = (column, row, size = 1) => (pen) => {
  const [[left, top], [right, bottom]] = [pen.at(column, row), pen.at(column + size, row + size)];
  const { context, unit } = pen;
  const grow = Math.max(0, 5 * unit - (right - left)) / 2;
  for (const [colour, width] of [["rgba(10, 12, 16, 0.7)", 4], ["#ffffff", 1.75]]) {
    context.strokeStyle = colour;
    context.lineWidth = width * unit;
    context.strokeRect(left - grow, top - grow, right - left + 2 * grow, bottom - top + 2 * grow);
  }
};

/** A mark on places in pixels: a ring around each. */
export const ringMark = (places, radius = 5) => (pen) => {
  const { context, unit } = pen;
  for (const [x, y] of places) {
    if (!Number.isFinite(x + y)) continue;
    const [left, top] = pen.at(x + 0.5, y + 0.5);
    context.beginPath();
    context.arc(left, top, radius * unit, 0, 2 * Math.PI);
    for (const [colour, width] of [["rgba(10, 12, 16, 0.7)", 4], ["#ffffff", 1.75]]) {
      context.strokeStyle = colour;
      context.lineWidth = width * unit;
      context.stroke();
    }
  }
};
