// The fourth step: the source pixels of one output pixel, their weights, and the sum they make.

import { Figure } from "../debug/figures/figure.js";
import { imageLayer, mapRaster } from "../debug/figures/raster.js";
import { countScale } from "../debug/figures/scales.js";
import { frameLayer } from "../debug/figures/warp.js";
import { button, make } from "../stage/dom.js";
import { Pictures, crossLayer, squareLayer, tapColour } from "./pictures.js";
import { SamplerChoice } from "./sampler_choice.js";
import { averaged, poolingOf } from "./variants.js";
import { percent, rowOf, short } from "./words.js";

const WALK = 350; // milliseconds for one pixel of the walk
const MOST_TERMS = 4;
const NEAR = 2; // pixels on each side of the source pixels

export class SamplePanel {
  constructor(host) {
    this.host = host;
    this.pictures = new Pictures((x, y) => {
      this.stop();
      host.look(x, y);
    });
    this.near = new Figure("Close up", "The source pixels, each with its weight.");
    this.sampler = new SamplerChoice(host);
    this.walk = button("Walk", () => (this.walking ? this.stop() : this.start()), { title: "Go through the output pixel by pixel" });
    this.reads = host.extra("reads", "How often read", "Colour each input pixel by how often it is read");
    this.average = host.extra("average", "Average first", "Average the input over small squares before it is sampled");
    this.where = make("p", { class: "readout", "data-testid": "where" });
    this.formula = make("p", { class: "formula", "data-testid": "formula" });
    this.table = make("table", { class: "taps", "data-testid": "taps", "data-part": "facts" });
    this.share = make("p", { class: "words" });
    this.root = make(
      "section",
      { class: "split wide", "aria-label": "Sample" },
      make("div", { class: "triple" }, this.pictures.output.root, this.pictures.input.root, this.near.root),
      make(
        "div",
        { class: "column" },
        make("div", { class: "line buttons" }, this.walk, this.reads, this.average),
        this.where,
        this.formula,
        this.table,
        this.share,
        this.sampler.root,
      ),
    );
  }

  start() {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.next();
    this.walking = setInterval(() => this.next(), WALK);
    this.walk.textContent = "Stop";
    return this.next();
  }

  next() {
    const { columns, rows } = this.opened;
    const { x, y } = this.host.state;
    const k = (y * columns + x + 1) % (columns * rows);
    this.host.look(k % columns, Math.floor(k / columns));
  }

  stop() {
    clearInterval(this.walking);
    this.walking = null;
    this.walk.textContent = "Walk";
  }

  leave() {
    this.stop();
  }

  show(whole, state) {
    const opened = this.pooled(whole, state);
    this.opened = opened;
    const taps = opened.taps(state.x, state.y);
    const marks = taps.map(({ column, row }, k) => squareLayer(column, row, tapColour(k, taps.length)));
    this.pictures.show(opened, state, { marks, ground: this.groundOf(opened, state) });
    this.closeUp(opened, state, taps, marks);
    this.sampler.root.hidden = opened.head.still ?? false;
    if (!opened.head.still) this.sampler.show(opened);
    this.say(opened, state, taps);
    this.count(opened);
  }

  /** The input as it is sampled: averaged first, if that is asked for and helps. */
  pooled(whole, state) {
    this.side = poolingOf(whole);
    this.average.hidden = this.side < 2;
    if (this.side < 2 || !state.also.includes("average")) return whole;
    if (this.from !== whole) Object.assign(this, { from: whole, averaged: averaged(whole, this.side) });
    return this.averaged;
  }

  /** The input around the place that is read, with the weight of each source pixel. */
  closeUp(opened, state, taps, marks) {
    const [x, y] = opened.read(state.x, state.y);
    if (!taps.length) return;
    const { width, height } = opened;
    // With border or reflection the source pixels lie elsewhere than the place that is read.
    const [left, top] = ["column", "row"].map((way) => Math.min(...taps.map((tap) => tap[way])));
    const side = taps.length > 4 ? 4 : 2;
    const room = (2 * NEAR + 2 - side) / 2;
    this.near.show({
      view: [left - room, top - room, left + side + room, top + side + room],
      layers: [imageLayer(opened.raster("input"), [0, 0, width, height]), frameLayer(width, height), ...marks, weightsLayer(taps), crossLayer([x, y], "#fff")],
      caption: "", ground: "--wash",
      label: `Close up of the ${taps.length} source pixels with their weights`,
    });
  }

  groundOf(opened, { also }) {
    if (!also.includes("reads")) return null;
    const { theme } = this.host.root.dataset;
    if (this.counted?.opened === opened && this.counted.theme === theme) return this.counted.canvas;
    const { counts } = opened.counts;
    const most = counts.data.reduce((high, one) => Math.max(high, one), 0);
    this.counted = { opened, theme, canvas: mapRaster(counts, countScale(theme, most)).canvas };
    return this.counted.canvas;
  }

  say(opened, { x, y }, taps) {
    const place = opened.read(x, y);
    const [u, v] = opened.units(place);
    this.where.textContent =
      `Output pixel (${x}, ${y}) is read at pixel (${short(place[0], 2)}, ${short(place[1], 2)}) of the input, ` +
      `which is (${short(u)}, ${short(v)}) in [\u22121, 1].` + (opened.isOutside(x, y) ? " That is outside the input." : "");
    const values = opened.value(x, y);
    const terms = taps.slice(0, MOST_TERMS).map((tap, k) => {
      const value = tap.inside ? opened.inputAt(tap.column, tap.row)[0] : 0;
      const term = make("span", {}, `${short(tap.weight)} \u00d7 ${short(value)}`);
      term.style.color = `color-mix(in srgb, ${tapColour(k, taps.length)} 55%, currentColor)`;
      return term;
    });
    const joined = terms.flatMap((term, k) => (k ? [" + ", term] : [term]));
    const more = taps.length > MOST_TERMS ? ` + ${taps.length - MOST_TERMS} more` : "";
    this.formula.replaceChildren("V = ", ...joined, `${more} = `, make("b", {}, values.map((one) => short(one)).join(", ")));
    this.table.replaceChildren(
      make("thead", {}, rowOf("th", ["pixel", "weight", "value"])),
      make("tbody", {}, ...taps.map((tap, k) => this.tapRow(opened, tap, k, taps.length))),
    );
  }

  tapRow(opened, tap, k, count) {
    const value = tap.inside ? opened.inputAt(tap.column, tap.row).map((one) => short(one)).join(", ") : "outside: 0";
    const row = rowOf("td", [`(${tap.column}, ${tap.row})`, short(tap.weight, 4), value]);
    row.style.setProperty("--tap", tapColour(k, count));
    Object.assign(row.dataset, { weight: tap.weight, inside: tap.inside });
    return row;
  }

  count(opened) {
    const { read } = opened.counts;
    this.share.textContent =
      opened === this.averaged
        ? `Each pixel here is the mean of about ${this.side} by ${this.side} pixels of the input; ${percent(read)} of them are read.`
        : `${percent(read)} of the input's pixels are read at all.` +
          (this.side > 1 ? ` From one output pixel to the next it is ${this.side} pixels, so that others are skipped: averaged first over small squares, each of them counts.` : "");
  }
}

/** A layer with the weight of each source pixel in its cell. */
const weightsLayer = (taps) => (pen) => {
  const { context, unit, size } = pen;
  context.font = `600 ${Math.min(0.24 * size, 13 * unit)}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.lineWidth = 3 * unit;
  context.strokeStyle = "rgba(10, 12, 16, 0.85)";
  context.fillStyle = "#fff";
  for (const { column, row, weight } of taps) {
    const [left, top] = pen.at(column + 0.5, row + 0.9);
    context.strokeText(short(weight, 2), left, top);
    context.fillText(short(weight, 2), left, top);
  }
};
