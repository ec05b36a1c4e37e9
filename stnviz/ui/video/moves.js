// A chart of how far each window moves from frame to frame, with a mark that can be dragged.

import { make } from "../stage/dom.js";
import { LANES } from "../attention/lanes.js";
import { pullable } from "../pull.js";
import { prepareChart } from "../stage/picture.js";

const EDGE = { left: 50, right: 12, top: 12, bottom: 26 };
const NICE = [1, 2, 5].flatMap((k) => [0.001, 0.01, 0.1, 1].map((ten) => k * ten)).sort((a, b) => a - b);

/** A chart of `moves` and `truth`, (N, series) each; `onpick(frame, settled)` on a drag. */
export class Moves {
  constructor(onpick) {
    this.root = make("canvas", { class: "moves", role: "img", "data-testid": "moves" });
    pullable(this.root, (event, settled) => onpick(this.at(event), settled));
  }

  set({ moves, truth, rate }) {
    Object.assign(this, { moves, truth, rate, count: moves.shape[0] });
    const shown = [...moves.data, ...(truth?.data ?? [])].filter(Number.isFinite);
    const highest = Math.max(...shown, 0.02);
    this.tick = NICE.find((tick) => highest / tick <= 3.2) ?? 1;
    this.top = Math.max(this.tick * 2, 1.08 * highest);
  }

  x(frame) {
    const share = this.count > 1 ? frame / (this.count - 1) : 0;
    return EDGE.left + share * (this.width - EDGE.left - EDGE.right);
  }

  y(value) {
    return this.height - EDGE.bottom - (value / this.top) * (this.height - EDGE.top - EDGE.bottom);
  }

  at(event) {
    const share = (event.offsetX / this.scale - EDGE.left) / (this.width - EDGE.left - EDGE.right);
    return Math.round(Math.min(Math.max(share, 0), 1) * (this.count - 1));
  }

  draw(frame) {
    const canvas = this.root;
    if (!canvas.clientWidth || !this.moves) return;
    Object.assign(this, prepareChart(canvas));
    const style = getComputedStyle(canvas);
    this.axes(style.getPropertyValue("--faint"), style.getPropertyValue("--line"));
    if (this.truth) this.lines(this.truth, () => [style.getPropertyValue("--yours"), [5, 4]]);
    this.lines(this.moves, (k) => [style.getPropertyValue(`--lane-${k}`), LANES[k].dash]);
    this.mark(frame, style.getPropertyValue("--st-text-color") || "#888");
  }

  axes(ink, rule) {
    const { context } = this;
    Object.assign(context, { fillStyle: ink, strokeStyle: rule, lineWidth: 1 });
    Object.assign(context, { textAlign: "right", textBaseline: "middle" });
    for (let k = 0; k * this.tick <= this.top; k++) {
      const y = Math.round(this.y(k * this.tick)) + 0.5;
      context.beginPath();
      context.moveTo(EDGE.left, y);
      context.lineTo(this.width - EDGE.right, y);
      context.stroke();
      context.fillText(String(Number((k * this.tick).toPrecision(3))), EDGE.left - 7, y);
    }
    Object.assign(context, { textAlign: "center", textBaseline: "top" });
    const seconds = this.count / this.rate;
    const step = [0.1, 0.2, 0.5, 1, 2, 5, 10].find((one) => (seconds / one) * 44 < this.width) ?? 10;
    for (let k = 0; k * step < seconds; k++) {
      const x = this.x(k * step * this.rate);
      if (x > this.width - EDGE.right) break;
      const words = `${Number((k * step).toPrecision(3))} s`;
      context.fillText(words, Math.min(x, this.width - 14), this.height - EDGE.bottom + 8);
    }
  }

  lines({ data, shape: [count, series] }, look) {
    const { context } = this;
    for (let k = 0; k < series; k++) {
      const [colour, dash] = look(k);
      Object.assign(context, { strokeStyle: colour, lineWidth: 1.75, lineJoin: "round" });
      context.setLineDash(dash);
      context.beginPath();
      let pen = false;
      for (let frame = 1; frame < count; frame++) {
        const value = data[frame * series + k];
        if (!Number.isFinite(value)) pen = false;
        else if (pen) context.lineTo(this.x(frame), this.y(value));
        else {
          context.moveTo(this.x(frame), this.y(value));
          pen = true;
        }
      }
      context.stroke();
    }
    context.setLineDash([]);
  }

  mark(frame, ink) {
    const { context } = this;
    const x = this.x(frame);
    Object.assign(context, { strokeStyle: ink, fillStyle: ink, lineWidth: 1.25 });
    context.beginPath();
    context.moveTo(x, EDGE.top - 4);
    context.lineTo(x, this.height - EDGE.bottom);
    context.stroke();
    context.beginPath();
    context.arc(x, EDGE.top - 4, 4, 0, 2 * Math.PI);
    context.fill();
  }
}
