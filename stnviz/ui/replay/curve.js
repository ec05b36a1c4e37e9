// A chart of error or loss over the steps of a run, with a mark that can be dragged.

import { pullable } from "../pull.js";
import { make } from "../stage/dom.js";
import { prepareChart } from "../stage/picture.js";

const PAD = { left: 50, right: 10, top: 10, bottom: 24 };
const DECADES = [0.001, 0.01, 0.1, 1, 10].flatMap((ten) => [1, 2, 5].map((k) => k * ten));

/** A chart of series ({ values, colour, width, dash }); `onpick(snapshot, settled)` on a drag. */
export class Curve {
  constructor(onpick) {
    this.canvas = make("canvas", { class: "curve", role: "img" });
    pullable(this.canvas, (event, settled) => onpick(this.at(event), settled));
    this.root = make("div", { class: "curve-place", "data-part": "charts" }, this.canvas);
  }

  /** Takes the steps of a run, and what one of its charts measures. */
  set({ steps, total, measure, series }) {
    Object.assign(this, { steps, total, measure, series });
    const shown = series.flatMap(({ values }) => values).filter(Number.isFinite);
    this.high = Math.max(...shown, this.measure.top);
    // A critic's loss may be negative: a linear axis.
    this.even = shown.some((value) => value < 0);
    if (this.even) {
      [this.low, this.high] = [Math.min(...shown), Math.max(...shown)];
      const step = DECADES.find((tick) => (this.high - this.low) / tick <= 5) ?? DECADES.at(-1);
      const first = Math.ceil(this.low / step);
      this.ticks = Array.from({ length: Math.floor(this.high / step) - first + 1 }, (_, k) => (first + k) * step);
    } else {
      const lowest = Math.min(...shown.filter((value) => value > 0), 0.1 * this.measure.top);
      this.low = DECADES.filter((tick) => tick <= lowest).at(-1) ?? DECADES[0];
      this.ticks = DECADES.filter((tick) => tick >= this.low && tick <= this.high);
    }
  }

  // Early steps matter most: the axis is the square root of the step.
  x(step) {
    return PAD.left + Math.sqrt(step / this.total) * (this.width - PAD.left - PAD.right);
  }

  y(value) {
    const inside = Math.min(Math.max(value, this.low), this.high);
    const share = this.even
      ? (inside - this.low) / (this.high - this.low)
      : Math.log(inside / this.low) / Math.log(this.high / this.low);
    return this.height - PAD.bottom - share * (this.height - PAD.top - PAD.bottom);
  }

  at(event) {
    const places = this.steps.map((step) => Math.abs(this.x(step) - event.offsetX / this.scale));
    return places.indexOf(Math.min(...places));
  }

  draw(mark) {
    const { canvas } = this;
    if (!canvas.clientWidth || !this.steps.length) return;
    Object.assign(this, prepareChart(canvas));
    const style = getComputedStyle(canvas);
    this.ink = style.getPropertyValue("--faint");
    this.rule = style.getPropertyValue("--line");
    this.axes();
    for (const one of this.series) this.line(one, style.getPropertyValue(one.colour));
    this.marker(mark, style.getPropertyValue("--network"), style.getPropertyValue("--ground"));
  }

  axes() {
    const { context } = this;
    context.fillStyle = this.ink;
    context.strokeStyle = this.rule;
    context.lineWidth = 1;
    context.textAlign = "right";
    context.textBaseline = "middle";
    let above = Infinity;
    for (const tick of this.ticks) {
      const y = Math.round(this.y(tick)) + 0.5;
      if (above - y < 14) continue; // too close to the last one to be read
      above = y;
      this.path([[PAD.left, y], [this.width - PAD.right, y]]);
      context.stroke();
      context.fillText(this.measure.read(tick), PAD.left - 6, y);
    }
    context.textBaseline = "top";
    let free = 0;
    for (const share of [0, 0.01, 0.1, 0.25, 0.5, 1]) {
      const text = Math.round(share * this.total).toLocaleString("en");
      const half = context.measureText(text).width / 2;
      const x = Math.min(this.x(share * this.total), this.width - half - 2);
      if (x - half < free) continue;
      context.textAlign = "center";
      context.fillText(text, x, this.height - PAD.bottom + 7);
      free = x + half + 8;
    }
  }

  line({ values, width, dash = [] }, colour) {
    const { context } = this;
    const points = this.steps
      .map((step, k) => [this.x(step), this.y(values[k]), values[k]])
      .filter(([, , value]) => Number.isFinite(value));
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.lineJoin = "round";
    context.setLineDash(dash);
    this.path(points);
    context.stroke();
    context.setLineDash([]);
  }

  marker(mark, colour, ground) {
    const { context } = this;
    const x = this.x(this.steps[mark]);
    const value = this.series[0].values[mark];
    context.strokeStyle = colour;
    context.lineWidth = 1;
    this.path([[x, PAD.top], [x, this.height - PAD.bottom]]);
    context.stroke();
    if (!Number.isFinite(value)) return;
    context.beginPath();
    context.arc(x, this.y(value), 5, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = ground;
    context.stroke();
  }

  path(points) {
    this.context.beginPath();
    points.forEach(([x, y], k) => (k ? this.context.lineTo(x, y) : this.context.moveTo(x, y)));
  }
}
