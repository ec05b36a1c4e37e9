// One image of a dense grid in full: input and output, and maps of how the grid reads.

import { make } from "../../stage/dom.js";
import { LATTICE_COLOURS } from "../../stage/theme.js";
import { Figure } from "./figure.js";
import { percent, placeWords, shareOf, shortNumber, sizeWords } from "./numbers.js";
import { hatchLayer, imageLayer, imageRaster, mapRaster } from "./raster.js";
import { areaScale, countScale, flowScale, outsideScale } from "./scales.js";
import { frameLayer, gridLayer, ringMark, squareMark, Warp } from "./warp.js";

const HINTS = {
  input: "What is sampled, with the sampling grid on it: the outline is the window, its thick side the top",
  output: "What the sampler returned; arrow keys go from pixel to pixel",
  areas: "Jacobian determinant: how many input pixels each output pixel covers; hatched where the grid is folded or mirrored",
  counts: "How often the bilinear kernel reads each input pixel: the sum of its weights; hatched where it is never read",
  outside: "How far outside the input each output pixel is read",
  flow: "Where each output pixel is read from, against the identity: the hue is the direction, the strength the distance",
};

export class DensePanel {
  constructor() {
    const input = { onprobe: (place) => this.probeInput(place) };
    const output = { onprobe: (place) => this.probeOutput(place) };
    this.figures = {
      input: new Figure("Input", HINTS.input, input),
      output: new Figure("Output", HINTS.output, { ...output, keys: (move) => this.step(move) }),
      flow: new Figure("Displacement", HINTS.flow, output),
      areas: new Figure("Jacobian", HINTS.areas, output),
      counts: new Figure("Reads", HINTS.counts, input),
      outside: new Figure("Out of view", HINTS.outside, output),
    };
    const { input: left, output: right, ...maps } = this.figures;
    this.readout = make("p", { class: "readout", "data-testid": "readout" });
    this.maps = make("div", { class: "maps" }, ...Object.values(maps).map((figure) => figure.root));
    this.root = make(
      "div",
      { class: "dense" },
      make("div", { class: "pair" }, left.root, right.root),
      this.readout,
      this.maps,
    );
  }

  show(picture, { kind, theme, name, channels }) {
    Object.assign(this, { picture, kind, name });
    this.warp = new Warp(picture);
    const { head, arrays } = picture;
    const { warp } = this;
    Object.entries(this.figures).forEach(([part, figure]) => (figure.name = `${name} ${part}`));
    this.showInput(theme);
    this.showOutput(theme);
    const folded = shareOf(arrays.areas.data, (area) => area < 0);
    const covers = median(arrays.areas.data.filter((area) => area >= 0));
    this.showMap("areas", arrays.areas, areaScale(theme, arrays.areas.data), theme, {
      caption: Number.isFinite(covers)
        ? `an output pixel covers ${shortNumber(covers)} input pixels; folded ${percent(folded)}`
        : folded ? `folded ${percent(folded)}` : "the grid is not finite",
      view: this.outputView(),
      over: this.cells(),
    });
    this.figures.areas.root.hidden = !arrays.areas.data.length;
    const never = shareOf(arrays.counts.data, (count) => count < 0.001);
    this.showMap("counts", arrays.counts, countScale(theme, largest(arrays.counts.data)), theme, {
      caption: `times that each input pixel is read; ${percent(never)} never`,
      view: [0, 0, warp.width, warp.height],
    });
    this.outside = warp.outside();
    const gone = arrays.reads.data.some((place) => !Number.isFinite(place));
    const away = shareOf(this.outside.data, (far) => far > 0);
    this.showMap("outside", this.outside, outsideScale(theme, largest(this.outside.data)), theme, {
      caption: away ? `${percent(away)} of the samples; padding: ${head.padding}` : gone ? "the grid is not finite" : "all samples lie inside",
      view: this.outputView(),
    });
    this.showFlow(theme);
    this.probe(null);
  }

  outputView() {
    const [height, width] = this.picture.head.out;
    return [0, 0, width, height];
  }

  /** The rectangle of the cells between the centres of output pixels. */
  cells() {
    const [height, width] = this.picture.head.out;
    return [0.5, 0.5, Math.max(width - 0.5, 1), Math.max(height - 0.5, 1)];
  }

  showInput() {
    const { warp } = this;
    const { head, arrays } = this.picture;
    const rectangle = [0, 0, warp.width, warp.height];
    const shown = arrays.input ? [imageLayer(imageRaster(arrays.input, arrays.input_missing), rectangle)] : [];
    const [x0, y0, x1, y1] = warp.view();
    const gone = shareOf(arrays.reads.data, (place) => !Number.isFinite(place));
    const said = [`${sizeWords(head.size)}`, head.words.input];
    if (gone) said.push(`${percent(gone)} of the grid is not finite`);
    if (arrays.input_missing) said.push("dotted where it is not finite");
    this.figures.input.show({
      view: [x0, y0, x1, y1],
      ground: "--wash",
      layers: [...shown, frameLayer(warp.width, warp.height), gridLayer(warp, { colour: LATTICE_COLOURS.network })],
      caption: said.filter(Boolean).join("; "),
      label: `Input of ${this.name} with the sampling grid`,
    });
  }

  showOutput() {
    const { head, arrays } = this.picture;
    const view = this.outputView();
    const shown = arrays.output ? [imageLayer(imageRaster(arrays.output, arrays.output_missing), view)] : [];
    const said = [sizeWords(head.out), head.words.output];
    if (arrays.output_missing) said.push("dotted where it is not finite");
    this.figures.output.show({
      view,
      ground: "--wash",
      layers: [...shown, frameLayer(head.out[1], head.out[0])],
      caption: said.filter(Boolean).join("; "),
      label: `Output of ${this.name}`,
    });
  }

  showMap(part, map, scale, theme, { caption, view, over = view }) {
    const { canvas, runs } = mapRaster(map, scale);
    const [rows, columns] = map.shape;
    const hatch = theme === "dark" ? "rgba(20, 22, 26, 0.75)" : "rgba(251, 250, 247, 0.75)";
    const lines = part === "counts" ? (theme === "dark" ? "#5a606a" : "#b9b4a8") : hatch;
    this.figures[part].show({
      view,
      scale,
      ground: "--wash",
      layers: [imageLayer(canvas, over), hatchLayer(runs, [columns, rows], over, lines)],
      caption,
      label: `${this.figures[part].title}, ${this.name}: ${caption}`,
    });
  }

  showFlow(theme) {
    this.figures.flow.root.hidden = this.kind !== "field";
    this.maps.dataset.count = this.kind === "field" ? 4 : 3;
    if (this.kind !== "field") return;
    this.moves = this.warp.moves();
    const far = this.warp.map((column, row) => Math.hypot(...this.moveAt(column, row)));
    const most = largest(far.data);
    const mean = far.data.filter(Number.isFinite).reduce((sum, one, _, all) => sum + one / all.length, 0);
    this.showMap("flow", this.moves, flowScale(theme, most), theme, {
      caption: `from where each pixel is read: ${shortNumber(mean)} px away on average, at most ${shortNumber(most)} px`,
      view: this.outputView(),
    });
  }

  moveAt(column, row) {
    const k = 2 * (row * this.warp.columns + column);
    return [this.moves.data[k], this.moves.data[k + 1]];
  }

  /** A pixel of the output under the pointer: where it is read. */
  probeOutput(place) {
    if (!place) return this.probe(null);
    const { warp } = this;
    const [column, row] = place.map((at) => Math.floor(at / warp.every));
    if (column < 0 || row < 0 || column >= warp.columns || row >= warp.rows) return this.probe(null);
    this.probe({ column, row });
  }

  /** A pixel of the input under the pointer: how often it is read, and by which pixels. */
  probeInput(place) {
    if (!place) return this.probe(null);
    const [x, y] = place.map(Math.floor);
    const inside = x >= 0 && y >= 0 && x < this.warp.width && y < this.warp.height;
    this.probe(inside ? { x, y } : null);
  }

  /** Arrow keys: one pixel of the output on. */
  step([across, down]) {
    const { warp } = this;
    const { column = warp.columns >> 1, row = warp.rows >> 1 } = this.probed ?? {};
    const inside = (at, count) => Math.min(Math.max(at, 0), count - 1);
    this.probe({ column: inside(column + across, warp.columns), row: inside(row + down, warp.rows) });
  }

  probe(probed) {
    this.probed = probed;
    const { input, output, counts, areas, outside, flow } = this.figures;
    let [inputMark, outputMark] = [null, null];
    if (probed && "x" in probed) {
      inputMark = squareMark(probed.x, probed.y);
      const readers = this.readers(probed);
      outputMark = (pen) => readers.forEach(([column, row]) => squareMark(column, row, this.warp.every)(pen));
      this.readout.textContent = this.inputWords(probed, readers);
    } else if (probed) {
      const { every } = this.warp;
      inputMark = ringMark([this.warp.read(probed.column, probed.row)]);
      outputMark = squareMark(probed.column * every, probed.row * every, every);
      this.readout.textContent = this.outputWords(probed);
    } else this.readout.textContent = "Point at a pixel to see where it is read.";
    for (const figure of [input, counts]) figure.mark(inputMark);
    for (const figure of [output, areas, outside, flow]) figure.mark(outputMark);
  }

  /** A few of the output pixels that read a pixel of the input. */
  readers({ x, y }) {
    const { warp } = this;
    const found = [];
    for (let row = 0; row < warp.rows; row++) {
      for (let column = 0; column < warp.columns && found.length < 64; column++) {
        const [left, top] = warp.read(column, row);
        if (Math.abs(left - x) < 0.5 && Math.abs(top - y) < 0.5) found.push([column * warp.every, row * warp.every]);
      }
    }
    return found;
  }

  inputWords({ x, y }, readers) {
    const { counts } = this.picture.arrays;
    const [rows, columns] = counts.shape;
    const at = Math.floor((y * rows) / this.warp.height) * columns + Math.floor((x * columns) / this.warp.width);
    const value = this.valueAt("input", x / this.warp.width, y / this.warp.height);
    const most = readers.length === 64 ? "at least 64" : readers.length;
    return `Input pixel ${placeWords([x, y], 0)}${value}: read ${shortNumber(counts.data[at])} times; nearest to ${most} output pixels.`;
  }

  outputWords({ column, row }) {
    const { warp } = this;
    const place = warp.read(column, row);
    const [x, y] = [column * warp.every, row * warp.every];
    if (!Number.isFinite(place[0] + place[1])) return `Output pixel ${placeWords([x, y], 0)}: the grid is not finite here.`;
    const [height, width] = this.picture.head.out;
    const value = this.valueAt("output", x / width, y / height);
    const far = this.outside.data[row * warp.columns + column];
    const { data, shape } = this.picture.arrays.areas;
    const area = data[Math.min(row, shape[0] - 1) * shape[1] + Math.min(column, shape[1] - 1)];
    const said = [`Output pixel ${placeWords([x, y], 0)}${value}: read at pixel ${placeWords(place)}, which is ${placeWords(warp.unit(place), 3)} in [\u22121, 1]`];
    if (far > 0) said.push(`${shortNumber(far)} px outside`);
    if (Number.isFinite(area)) said.push(area < 0 ? "folded" : `covers ${shortNumber(area)} input pixels`);
    return `${said.join("; ")}.`;
  }

  /** The value of a picture at a share of its width and height, in its own range. */
  valueAt(name, across, down) {
    const image = this.picture.arrays[name];
    if (!image) return "";
    const [rows, columns, channels = 1] = image.shape;
    const k = channels * (Math.floor(down * rows) * columns + Math.floor(across * columns));
    const [low, high] = this.picture.head.limits[name];
    const values = Array.from(image.data.subarray(k, k + channels), (level) => shortNumber(low + (level / 255) * (high - low), 2));
    return `, about ${values.join(", ")}`;
  }
}

const largest = (values) => values.reduce((most, one) => (Number.isFinite(one) && one > most ? one : most), 0);

function median(values) {
  const sorted = Float32Array.from(values).sort();
  return sorted.length ? sorted[sorted.length >> 1] : NaN;
}
