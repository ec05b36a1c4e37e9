// Sampled points of one image: where each query looks, and how much each point weighs.

import { make } from "../../stage/dom.js";
import { Figure } from "./figure.js";
import { percent, placeWords, shareOf, shortNumber, sizeWords } from "./numbers.js";
import { hatchLayer, imageLayer, imageRaster, mapRaster } from "./raster.js";
import { countScale, weightColour } from "./scales.js";
import { frameLayer, strokePoints } from "./warp.js";

const POINT_HINTS = {
  input: "The middle of each query's points; click one to see its points",
  counts: "How often each pixel is read by all queries together: their coverage",
};
const MOST_DOTS = 500;

export class PointsPanel {
  /** `onquery(query, settled)` when another query is chosen. */
  constructor(onquery) {
    this.onquery = onquery;
    this.figures = {
      input: new Figure("Points", POINT_HINTS.input, { onprobe: () => {}, onpick: (place) => this.pick(place) }),
      counts: new Figure("Reads", POINT_HINTS.counts),
    };
    this.number = make("span", { class: "count" });
    this.slider = make("input", {
      type: "range",
      min: 0,
      step: 1,
      oninput: () => this.choose(Number(this.slider.value), false),
      onchange: () => this.choose(Number(this.slider.value)),
    });
    this.label = make("label", { class: "line" }, "Query", this.slider, this.number);
    this.readout = make("p", { class: "readout", "data-testid": "readout" });
    this.root = make(
      "div",
      { class: "points" },
      make("div", { class: "pair" }, this.figures.input.root, this.figures.counts.root),
      this.label,
      this.readout,
    );
  }

  show(picture, { theme, name, query, kind }) {
    Object.assign(this, { picture, name, kind });
    const { head, arrays } = picture;
    [this.height, this.width] = head.size;
    [this.queries, this.count] = arrays.reads.shape;
    this.middles = Array.from({ length: this.queries }, (_, k) => this.middle(k));
    Object.entries(this.figures).forEach(([part, figure]) => (figure.name = `${name} ${part}`));
    const scale = countScale(theme, arrays.counts.data.reduce((most, one) => Math.max(most, one), 0));
    const { canvas, runs } = mapRaster(arrays.counts, scale);
    const view = [0, 0, this.width, this.height];
    const [rows, columns] = arrays.counts.shape;
    const never = percent(shareOf(arrays.counts.data, (one) => one < 0.001));
    this.figures.counts.show({
      view,
      scale,
      ground: "--wash",
      layers: [imageLayer(canvas, view), hatchLayer(runs, [columns, rows], view, theme === "dark" ? "#5a606a" : "#b9b4a8")],
      caption: `times that each pixel is read by all queries; ${never} never`,
      label: `Reads of each input pixel of ${name}: ${never} never`,
    });
    this.slider.max = this.queries - 1;
    this.label.hidden = this.queries < 2;
    this.shown = null;
    this.choose(Math.min(Math.max(Math.round((query ?? this.central()) / head.every), 0), this.queries - 1), false, true);
  }

  /** The query in the middle of the picture, which one sees at first. */
  central() {
    const far = this.middles.map(([x, y]) => Math.hypot(x - this.width / 2, y - this.height / 2));
    return this.picture.head.every * far.indexOf(Math.min(...far.filter(Number.isFinite)));
  }

  at(query, point) {
    const { data } = this.picture.arrays.reads;
    const k = 2 * (query * this.count + point);
    return [data[k], data[k + 1]];
  }

  points(query) {
    return Array.from({ length: this.count }, (_, point) => this.at(query, point));
  }

  middle(query) {
    const finite = this.points(query).filter(([x, y]) => Number.isFinite(x + y));
    const mean = (axis) => finite.reduce((sum, place) => sum + place[axis] / finite.length, 0);
    return finite.length ? [mean(0), mean(1)] : [NaN, NaN];
  }

  weight(query, point) {
    return this.picture.arrays.weights?.data[query * this.count + point];
  }

  isOutside([x, y]) {
    return x < -0.5 || y < -0.5 || x > this.width - 0.5 || y > this.height - 0.5;
  }

  /** The query whose middle is nearest to a place. */
  pick(place) {
    const [x, y] = place.map((at) => at - 0.5);
    let best = 0;
    let nearest = Infinity;
    this.middles.forEach(([u, v], k) => {
      const far = Math.hypot(u - x, v - y);
      if (far < nearest) [best, nearest] = [k, far];
    });
    this.choose(best);
  }

  choose(query, settled = true, silent = false) {
    this.query = query;
    this.slider.value = query;
    const { every } = this.picture.head;
    this.number.textContent = `${query * every} of ${this.picture.head.out[0]}`;
    this.slider.setAttribute("aria-valuetext", this.number.textContent);
    this.draw();
    if (!silent) this.onquery(query * every, settled);
  }

  draw() {
    const { head, arrays } = this.picture;
    const { input } = this.figures;
    if (this.shown !== this.picture) {
      this.shown = this.picture;
      const rectangle = [0, 0, this.width, this.height];
      const layers = arrays.input ? [imageLayer(imageRaster(arrays.input, arrays.input_missing), rectangle)] : [];
      const margin = 0.06 * Math.max(this.width, this.height);
      input.show({
        view: [-margin, -margin, this.width + margin, this.height + margin],
        ground: "--wash",
        layers: [...layers, frameLayer(this.width, this.height), this.dots()],
        caption: [sizeWords(head.size), head.words.input].filter(Boolean).join("; "),
        label: `Points of ${this.name}`,
      });
    }
    const points = this.points(this.query);
    input.mark(this.chosen(points));
    this.readout.textContent = this.words(points);
  }

  /** The middles of all queries, thinned out. */
  dots() {
    const step = Math.ceil(this.queries / MOST_DOTS);
    const some = this.middles.filter((_, k) => k % step === 0);
    return ({ context, at, unit }) => {
      context.fillStyle = "rgba(255, 255, 255, 0.75)";
      context.strokeStyle = "rgba(10, 12, 16, 0.6)";
      context.lineWidth = 0.75 * unit;
      for (const [x, y] of some) {
        const [left, top] = at(x + 0.5, y + 0.5);
        context.beginPath();
        context.arc(left, top, 1.6 * unit, 0, 2 * Math.PI);
        context.fill();
        context.stroke();
      }
    };
  }

  /** The chosen query's points, as large and as bright as they weigh. */
  chosen(points) {
    const weights = points.map((_, k) => this.weight(this.query, k) ?? 1);
    const most = Math.max(...weights.filter(Number.isFinite), 1e-9);
    const order = points.map((_, k) => k).sort((a, b) => weights[a] - weights[b]);
    const middle = this.middles[this.query];
    return (pen) => {
      const { context, unit } = pen;
      points.forEach((place) => strokePoints(pen, [middle, place], { colour: "#58a6e0", width: 1, halo: true, opacity: 0.45 }));
      for (const k of order) {
        const [x, y] = points[k];
        if (!Number.isFinite(x + y)) continue;
        const share = Math.max(weights[k] / most, 0);
        const [left, top] = pen.at(x + 0.5, y + 0.5);
        context.beginPath();
        context.arc(left, top, (2 + 4.5 * Math.sqrt(share)) * unit, 0, 2 * Math.PI);
        context.fillStyle = weightColour(share);
        context.fill();
        context.lineWidth = 1.25 * unit;
        context.strokeStyle = "rgba(10, 12, 16, 0.85)";
        context.stroke();
      }
    };
  }

  words(points) {
    const away = points.filter((place) => this.isOutside(place)).length;
    const every = this.picture.head.every;
    const said = [`Query ${this.query * every} reads ${points.length} points around ${placeWords(this.middles[this.query], 1)} px`];
    said.push(away ? `${away} of them outside (${percent((100 * away) / points.length)})` : "all inside");
    if (this.picture.arrays.weights) {
      const weights = points.map((_, k) => this.weight(this.query, k));
      said.push(`weights from ${shortNumber(Math.min(...weights), 2)} to ${shortNumber(Math.max(...weights), 2)}`);
    } else said.push("their weights are not known");
    if (every > 1) said.push(`every ${every}th query is shown`);
    return `${said.join("; ")}.`;
  }
}
