// The two figures of Grid, Sample and Gradients: the input with where it is read, and the output.

import { Figure } from "../debug/figures/figure.js";
import { hatchLayer, imageLayer } from "../debug/figures/raster.js";
import { frameLayer, strokePoints } from "../debug/figures/warp.js";
import { LATTICE_COLOURS } from "../stage/theme.js";

/** Colours of source pixels: of up to four, each its own; of more, one. */
export const TAP_COLOURS = ["#58a6e0", "#f2994a", "#4fb892", "#b48ade"];

export const tapColour = (k, count) => (count <= 4 ? TAP_COLOURS[k] : TAP_COLOURS[0]);

const MARGIN = 0.15; // of the input around it, more if the grid leaves it
export const MOST_MARGIN = 0.25;

/** The input, the output, and what is pointed at in both. */
export class Pictures {
  /** `look(x, y)` is called with the output pixel that is pointed at. */
  constructor(look, { input = "Input U", output = "Output V", margin = MOST_MARGIN } = {}) {
    Object.assign(this, { look, margin });
    this.input = new Figure(input, "Where the output pixels are read. Point at a pixel to see who reads it.", {
      onprobe: (place) => place && this.findReader(place),
    });
    this.output = new Figure(output, "Point at an output pixel to see where it is read. Arrow keys go from one to the next.", {
      onprobe: (place) => place && this.at(Math.floor(place[0]), Math.floor(place[1])),
      keys: ([right, down]) => this.at(this.x + right, this.y + down),
    });
  }

  at(x, y) {
    const { columns, rows } = this.opened;
    this.look(Math.min(Math.max(x, 0), columns - 1), Math.min(Math.max(y, 0), rows - 1));
  }

  /** The output pixel that is read nearest to a place of the input. */
  findReader([left, top]) {
    const { opened } = this;
    let best = Infinity;
    let found = null;
    for (let y = 0; y < opened.rows; y++) {
      for (let x = 0; x < opened.columns; x++) {
        const [u, v] = opened.read(x, y);
        const far = (u + 0.5 - left) ** 2 + (v + 0.5 - top) ** 2;
        if (far < best) [best, found] = [far, [x, y]];
      }
    }
    if (found) this.at(...found);
  }

  /**
   * Draws both. `layers(opened)` are further ones of the input, drawn again only for another answer
   * or `ground`; `marks` are those of what is pointed at.
   */
  show(opened, { x, y }, { layers = () => [], ground = null, marks = [] } = {}) {
    const changed = opened !== this.opened || ground !== this.ground;
    Object.assign(this, { opened, ground, x, y });
    if (changed) {
      const { width, height, columns, rows } = opened;
      const whole = [0, 0, width, height];
      this.input.show({
        view: viewBoxOf(opened, this.margin),
        layers: [imageLayer(ground ?? opened.raster("input"), whole), frameLayer(width, height), ...layers(opened)],
        caption: "", ground: "--wash",
        label: `The input, ${width} by ${height} pixels, with the places where it is read`,
      });
      this.output.show({
        view: [0, 0, columns, rows],
        layers: [imageLayer(opened.raster("output"), [0, 0, columns, rows]), hatchLayer(outsideRuns(opened), [columns, rows], [0, 0, columns, rows], "rgba(242, 153, 74, 0.75)")],
        caption: "", ground: "--wash",
        label: `The output, ${columns} by ${rows} pixels; what is read from outside the input is hatched`,
      });
    }
    this.output.mark(squareLayer(x, y, "#fff"));
    this.input.mark((pen) => {
      marks.forEach((mark) => mark(pen));
      crossLayer(opened.read(x, y), opened.head.edited ? LATTICE_COLOURS.yours : LATTICE_COLOURS.network)(pen);
    });
  }
}

/** The rectangle of the input figure: the input, and what of the grid lies around it. */
export function viewBoxOf(opened, margin) {
  const { width, height } = opened;
  const side = Math.max(width, height);
  let far = MARGIN * side;
  for (const [x, y] of [[0, 0], [opened.columns - 1, 0], [0, opened.rows - 1], [opened.columns - 1, opened.rows - 1]]) {
    const [u, v] = opened.read(x, y);
    for (const out of [-u, -v, u + 1 - width, v + 1 - height]) if (out > far) far = out;
  }
  const m = Math.min(far + 0.02 * side, margin * side);
  return [-m, -m, width + m, height + m];
}

/** Output pixels that are read outside the input, as runs along the rows. */
function outsideRuns(opened) {
  const runs = [];
  for (let y = 0; y < opened.rows; y++) {
    for (let x = 0; x < opened.columns; x++) if (opened.isOutside(x, y)) runs.push([y, x, 1]);
  }
  return runs;
}

/** A layer with the outline of one pixel. */
export const squareLayer = (x, y, colour, width = 2) => (pen) => {
  const corners = [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1]].map(([u, v]) => [u - 0.5, v - 0.5]);
  strokePoints(pen, corners, { colour, width, halo: true, closed: true });
};

/** A layer with a cross at a place. */
export const crossLayer = ([x, y], colour) => (pen) => {
  const arm = (6 * pen.unit) / pen.size;
  strokePoints(pen, [[x - arm, y], [x + arm, y]], { colour, width: 2, halo: true });
  strokePoints(pen, [[x, y - arm], [x, y + arm]], { colour, width: 2, halo: true });
};

/** A layer with a dot wherever an output pixel is read. */
export const dotsLayer = (opened, colour) => (pen) => {
  const { context, unit, size } = pen;
  const radius = Math.min(Math.max(0.12 * size, 1 * unit), 2.2 * unit);
  const every = Math.max(1, Math.round(Math.max(opened.columns, opened.rows) / 42));
  context.fillStyle = colour;
  for (let y = 0; y < opened.rows; y += every) {
    for (let x = 0; x < opened.columns; x += every) {
      const [u, v] = opened.read(x, y);
      if (!Number.isFinite(u + v)) continue;
      const [left, top] = pen.at(u + 0.5, v + 0.5);
      context.beginPath();
      context.arc(left, top, radius, 0, 2 * Math.PI);
      context.fill();
    }
  }
};
