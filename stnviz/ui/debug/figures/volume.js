// One volume in full: three slices through it, with the grid's lines, the output, and the Jacobian.

import { make } from "../../stage/dom.js";
import { LATTICE_COLOURS } from "../../stage/theme.js";
import { Figure } from "./figure.js";
import { percent, shareOf, sizeWords } from "./numbers.js";
import { imageLayer, imageRaster, mapRaster } from "./raster.js";
import { areaScale } from "./scales.js";
import { frameLayer, strokePoints } from "./warp.js";

/** The three ways to slice: the axis across the slice, then its rows and columns; sizes are D, H, W. */
const PLANES = [
  { title: "Slice z", across: 0, rows: 1, columns: 2 },
  { title: "Slice y", across: 1, rows: 0, columns: 2 },
  { title: "Slice x", across: 2, rows: 0, columns: 1 },
];
const HINT = "A slice of the input; the lines are the grid of the output's slice, seen from the front";

export class VolumePanel {
  constructor() {
    this.at = [null, null, null];
    this.columns = PLANES.map((plane, k) => this.column(plane, k));
    this.readout = make("p", { class: "readout", "data-testid": "readout" });
    this.root = make("div", { class: "volume" }, make("div", { class: "maps" }, ...this.columns.map(({ root }) => root)), this.readout);
  }

  column({ title }, k) {
    const figures = {
      input: new Figure(`${title}: input`, HINT),
      output: new Figure("Output", "The same slice of what the sampler returned"),
      areas: new Figure("Jacobian", "Jacobian determinant: input voxels for each output voxel; red where the grid is folded"),
    };
    const slider = make("input", { type: "range", min: 0, max: 1000, "aria-label": title, oninput: () => this.move(k) });
    const root = make("div", { class: "column" }, slider, ...Object.values(figures).map((figure) => figure.root));
    return { root, slider, figures };
  }

  move(k) {
    this.at[k] = Number(this.columns[k].slider.value) / 1000;
    this.draw(k);
  }

  show(picture, { theme, name }) {
    Object.assign(this, { picture, theme, name });
    const { arrays } = picture;
    this.columns.forEach(({ slider, figures }, k) => {
      slider.value = 1000 * (this.at[k] ??= 0.5);
      Object.entries(figures).forEach(([part, figure]) => (figure.name = `${name} ${PLANES[k].title} ${part}`));
      this.draw(k);
    });
    const folded = percent(shareOf(arrays.areas.data, (level) => level === 0));
    this.readout.textContent = `Input ${sizeWords(picture.head.size)}, output ${sizeWords(picture.head.out)}; folded ${folded}.`;
  }

  draw(k) {
    const { head, arrays } = this.picture;
    const plane = PLANES[k];
    const { figures } = this.columns[k];
    const view = (size) => [0, 0, size[plane.columns], size[plane.rows]];
    const index = (size) => Math.round(this.at[k] * (size[plane.across] - 1));
    const given = view(head.size);
    const number = index(head.size);
    const part = (name, rectangle) => {
      if (!arrays[name]) return [];
      return [imageLayer(imageRaster(sliceOf(arrays[name], plane, this.at[k])), rectangle)];
    };
    figures.input.show({
      view: given,
      ground: "--wash",
      layers: [...part("input", given), frameLayer(given[2], given[3]), this.lines(plane, this.at[k])],
      caption: [`${number} of ${head.size[plane.across] - 1}`, head.words.input].filter(Boolean).join("; "),
      label: `${plane.title} ${number} of the input of ${this.name}`,
    });
    const out = view(head.out);
    figures.output.show({
      view: out,
      ground: "--wash",
      layers: [...part("output", out), frameLayer(out[2], out[3])],
      caption: [`${index(head.out)} of ${head.out[plane.across] - 1}`, head.words.output].filter(Boolean).join("; "),
      label: `${plane.title} of the output of ${this.name}`,
    });
    if (!arrays.areas.data.length) return;
    const levels = sliceOf(arrays.areas, plane, this.at[k]);
    const map = { shape: levels.shape, data: Array.from(levels.data, (level) => (level ? 2 ** ((level - 128) / 16) : -1)) };
    const scale = areaScale(this.theme, map.data);
    const { canvas } = mapRaster(map, scale);
    figures.areas.show({
      view: out,
      scale,
      ground: "--wash",
      layers: [imageLayer(canvas, out), frameLayer(out[2], out[3])],
      caption: `${percent(shareOf(map.data, (area) => area < 0))} of this slice is folded`,
      label: `Jacobian determinant in ${plane.title} of ${this.name}`,
    });
  }

  /** The grid of the output's slice, projected on the input's. */
  lines(plane, share) {
    const { data, shape } = this.picture.arrays.reads;
    const axis = { 0: 2, 1: 1, 2: 0 }; // points are (x, y, z), sizes (D, H, W)
    const at = Math.round(share * (shape[plane.across] - 1));
    const place = (row, column) => {
      const index = [0, 0, 0];
      index[plane.across] = at;
      index[plane.rows] = row;
      index[plane.columns] = column;
      const k = 3 * ((index[0] * shape[1] + index[1]) * shape[2] + index[2]);
      return [data[k + axis[plane.columns]], data[k + axis[plane.rows]]];
    };
    const [rows, columns] = [shape[plane.rows], shape[plane.columns]];
    const lines = [];
    for (let row = 0; row < rows; row += 2) lines.push(Array.from({ length: columns }, (_, column) => place(row, column)));
    for (let column = 0; column < columns; column += 2) lines.push(Array.from({ length: rows }, (_, row) => place(row, column)));
    return (pen) => lines.forEach((points) => strokePoints(pen, points, { colour: LATTICE_COLOURS.network, width: 1, opacity: 0.7 }));
  }
}

/** The slice of a volume at a share of the way along the axis across it. */
function sliceOf({ data, shape }, plane, share) {
  const at = Math.round(share * (shape[plane.across] - 1));
  const [rows, columns] = [shape[plane.rows], shape[plane.columns]];
  const slice = new data.constructor(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const index = [0, 0, 0];
      index[plane.across] = at;
      index[plane.rows] = row;
      index[plane.columns] = column;
      slice[row * columns + column] = data[(index[0] * shape[1] + index[1]) * shape[2] + index[2]];
    }
  }
  return { data: slice, shape: [rows, columns] };
}
