// Two numbers of every image against each other; a point is an image, a rectangle chooses several.

import { button, make } from "../stage/dom.js";
import { paint, smallType, typeScale } from "../stage/picture.js";
import { part } from "../stage/protocol.js";
import { shortNumber } from "./figures/numbers.js";
import { saveCanvas } from "./figures/save.js";


const PAD = { left: 52, right: 14, top: 10, bottom: 26 };
const NEAR = 18; // pixels of the page within which a point is meant
const DRAG = 6; // pixels after which a press is a rectangle

export class Scatter {
  /** `onpick(image)`, `onaxes({ x, y })`, `onsome(images or null)` report what the visitor does. */
  constructor({ onpick, onaxes, onsome }) {
    Object.assign(this, { onpick, onsome });
    this.canvas = make("canvas", { class: "scatter", role: "img", tabindex: 0 });
    const axis = (name) => make("select", { "aria-label": `${name} axis`, onchange: () => onaxes({ [name]: this.axes[name].value }) });
    this.axes = { x: axis("x"), y: axis("y") };
    this.save = button("Save", () => this.keep(), { class: "save", title: "Save this picture as a PNG" });
    this.peek = make("div", { class: "peek", hidden: true, "aria-hidden": "true" });
    this.thumbs = ["inputs", "outputs"].map(() => make("canvas", { class: "pixels" }));
    this.said = make("span");
    this.peek.append(...this.thumbs, this.said);
    this.note = make("p", { class: "count" });
    this.root = make(
      "figure",
      { class: "scatter-place", "data-part": "charts" },
      make("header", {}, make("label", {}, "across ", this.axes.x), make("label", {}, "up ", this.axes.y), this.save),
      make("div", { class: "plot" }, this.canvas, this.peek),
      this.note,
    );
    this.listen();
    new ResizeObserver(() => this.draw()).observe(this.root);
  }

  /** Shows all sides; `chosen` has image, pin, x, y and `some` images in a rectangle. */
  show(sides, arrays, chosen) {
    Object.assign(this, { sides, arrays, chosen });
    const names = sides[0].quantities.map(({ name }) => name);
    for (const [name, select] of Object.entries(this.axes)) {
      if (names.join() !== select.dataset.names) {
        select.dataset.names = names.join();
        select.replaceChildren(...names.map((one) => make("option", { value: one }, one)));
      }
      select.value = chosen[name];
    }
    this.points = sides.flatMap((side, index) => this.pointsOf(side, index));
    const lost = this.points.filter(({ at }) => !at.every(Number.isFinite)).length;
    this.points = this.points.filter(({ at }) => at.every(Number.isFinite));
    this.bounds = ["x", "y"].map((_, axis) => axisBounds(this.points.map(({ at }) => at[axis])));
    const words = [];
    if (sides.length > 1) words.push(`Dots: ${sides[0].title}. Squares: ${sides[1].title}.`);
    if (sides.length < 2 && this.points.length > 1 && isOnePoint(this.points)) words.push("All images lie on one point.");
    if (lost) words.push(`${lost} images have no such number.`);
    this.note.textContent = words.join(" ");
    this.canvas.setAttribute("aria-label", `${chosen.y} against ${chosen.x} of ${this.points.length} images; the table has the numbers`);
    this.draw();
  }

  pointsOf(side, index) {
    const { data, shape } = this.arrays[`values${index}`];
    const columns = ["x", "y"].map((axis) => side.quantities.findIndex(({ name }) => name === this.chosen[axis]));
    return Array.from({ length: side.count }, (_, image) => ({
      image,
      index,
      at: columns.map((k) => (k < 0 ? NaN : data[image * shape[1] + k])),
    }));
  }

  /** The room around the points, larger where type is large. */
  get pad() {
    const scale = typeScale();
    return Object.fromEntries(Object.entries(PAD).map(([side, room]) => [side, room * scale]));
  }

  get size() {
    const width = this.canvas.clientWidth;
    return [width, Math.round(Math.min(Math.max(0.62 * width, 190), 320))];
  }

  place([x, y]) {
    const [width, height] = this.size;
    const share = (value, [low, high]) => (value - low) / (high - low);
    return [
      this.pad.left + share(x, this.bounds[0]) * (width - this.pad.left - this.pad.right),
      height - this.pad.bottom - share(y, this.bounds[1]) * (height - this.pad.top - this.pad.bottom),
    ];
  }

  draw() {
    const [width, height] = this.size;
    if (!width || !this.points) return;
    const ratio = window.devicePixelRatio || 1;
    Object.assign(this.canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    this.canvas.style.height = `${height}px`;
    this.paint(this.canvas.getContext("2d"), ratio);
  }

  paint(context, ratio) {
    context.save();
    context.scale(ratio, ratio);
    const style = getComputedStyle(this.root);
    const colour = (name) => style.getPropertyValue(name).trim();
    context.font = `${smallType()}px ${style.fontFamily}`;
    this.drawAxes(context, colour);
    const { image, pin, some } = this.chosen;
    const order = [...this.points].sort((a, b) => (a.index - b.index) * -1);
    for (const point of order) {
      const [x, y] = this.place(point.at);
      context.globalAlpha = some && point.index === 0 && !some.includes(point.image) ? 0.25 : 0.8;
      context.fillStyle = context.strokeStyle = colour("--network");
      context.lineWidth = 1.5;
      context.beginPath();
      if (point.index) context.strokeRect(x - 3.5, y - 3.5, 7, 7);
      else context.arc(x, y, 4, 0, 2 * Math.PI);
      context.fill();
    }
    context.globalAlpha = 1;
    for (const [which, dash] of [[pin, [3, 2]], [image, []]]) {
      const point = this.points.find((one) => one.image === which && !one.index);
      if (!point) continue;
      const [x, y] = this.place(point.at);
      context.beginPath();
      context.arc(x, y, 8, 0, 2 * Math.PI);
      context.setLineDash(dash);
      context.strokeStyle = style.color;
      context.lineWidth = 2;
      context.stroke();
      context.setLineDash([]);
    }
    if (this.dragged) {
      const [[x0, y0], [x1, y1]] = this.dragged;
      context.strokeStyle = colour("--faint");
      context.setLineDash([4, 3]);
      context.strokeRect(x0, y0, x1 - x0, y1 - y0);
    }
    context.restore();
  }

  drawAxes(context, colour) {
    const [width, height] = this.size;
    const [x, y] = this.bounds.map(axisTicks);
    context.fillStyle = colour("--faint");
    context.strokeStyle = colour("--line");
    context.lineWidth = 1;
    context.textBaseline = "top";
    context.textAlign = "center";
    for (const tick of x) {
      const [left] = this.place([tick, 0]);
      axisLine(context, [left, this.pad.top], [left, height - this.pad.bottom]);
      context.fillText(shortNumber(tick), Math.min(left, width - 16), height - this.pad.bottom + 7);
    }
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const tick of y) {
      const [, top] = this.place([0, tick]);
      axisLine(context, [this.pad.left, top], [width - this.pad.right, top]);
      context.fillText(shortNumber(tick), this.pad.left - 7, top);
    }
  }

  listen() {
    const { canvas } = this;
    const at = (event) => [event.offsetX, event.offsetY];
    let start = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button > 0) return;
      canvas.setPointerCapture(event.pointerId);
      start = at(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      const here = at(event);
      const isDrag = start && event.pointerType === "mouse" && Math.hypot(here[0] - start[0], here[1] - start[1]) > DRAG;
      if (isDrag) this.dragged = [start, here];
      this.peekAt(start ? null : this.nearest(here));
      if (this.dragged) this.draw();
    });
    canvas.addEventListener("pointerup", (event) => {
      const found = this.nearest(at(event));
      if (this.dragged) this.onsome(this.inside(this.dragged));
      else if (start && found) this.onpick(found.image);
      else if (start && this.chosen.some) this.onsome(null);
      start = this.dragged = null;
      this.draw();
    });
    canvas.addEventListener("pointercancel", () => (start = this.dragged = null));
    canvas.addEventListener("pointerleave", () => this.peekAt(null));
    canvas.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!way) return;
      const axis = event.key === "ArrowLeft" || event.key === "ArrowRight" ? 0 : 1;
      const row = this.points.filter(({ index }) => !index).sort((a, b) => a.at[axis] - b.at[axis] || a.image - b.image);
      const next = row[row.findIndex(({ image }) => image === this.chosen.image) + way];
      if (next) this.onpick(next.image);
      event.preventDefault();
    });
  }

  nearest([x, y]) {
    let [best, least] = [null, NEAR];
    for (const point of this.points ?? []) {
      const [left, top] = this.place(point.at);
      const far = Math.hypot(left - x, top - y);
      if (far < least) [best, least] = [point, far];
    }
    return best;
  }

  inside([[x0, y0], [x1, y1]]) {
    const between = (value, a, b) => value >= Math.min(a, b) && value <= Math.max(a, b);
    const found = this.points.filter(({ index, at }) => {
      const [x, y] = this.place(at);
      return !index && between(x, x0, x1) && between(y, y0, y1);
    });
    return found.length ? found.map(({ image }) => image) : null;
  }

  /** Shows the image of a point beside it. */
  peekAt(point) {
    this.peek.hidden = !point;
    this.canvas.style.cursor = point ? "pointer" : "crosshair";
    if (!point) return;
    ["inputs", "outputs"].forEach((name, k) => {
      const thumbs = this.arrays[`${name}${point.index}`];
      this.thumbs[k].hidden = !thumbs;
      if (thumbs) paint(this.thumbs[k], part(thumbs, point.image));
    });
    this.said.textContent = `image ${point.image}: ${point.at.map((one) => shortNumber(one)).join(", ")}`;
    const [x, y] = this.place(point.at);
    const [width, height] = this.size;
    Object.assign(this.peek.style, {
      left: x < width / 2 ? `${x + 14}px` : "",
      right: x < width / 2 ? "" : `${width - x + 14}px`,
      top: y < height / 2 ? `${y + 8}px` : "",
      bottom: y < height / 2 ? "" : `${height - y + 8}px`,
    });
  }

  keep() {
    const [width, height] = this.size;
    const ratio = 3;
    const still = new OffscreenCanvas(width * ratio, height * ratio);
    this.paint(still.getContext("2d"), ratio);
    const { x, y } = this.chosen;
    const style = getComputedStyle(this.root);
    const look = { ratio, ground: style.getPropertyValue("--ground").trim(), ink: style.color, font: style.fontFamily };
    saveCanvas(still, `${y} against ${x}`, this.note.textContent, { ...look, name: `${this.sides[0].title} ${y} against ${x}` });
  }
}

/** Whether all points are one, as far as can be seen. */
function isOnePoint(points) {
  return [0, 1].every((axis) => {
    const values = points.map(({ at }) => at[axis]);
    return Math.max(...values) - Math.min(...values) < 1e-3;
  });
}

/** The range of an axis, with room at both ends; never empty, so that a constant is one point. */
function axisBounds(values) {
  const low = values.reduce((least, one) => Math.min(least, one), Infinity);
  const high = values.reduce((most, one) => Math.max(most, one), -Infinity);
  if (!Number.isFinite(low)) return [0, 1];
  const room = Math.max(0.08 * (high - low), 0.02 * Math.abs(high), 0.01);
  return [low - room, high + room];
}

/** Round numbers within a range. */
function axisTicks([low, high]) {
  const rough = (high - low) / 5;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * ten).find((one) => one >= rough);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

function axisLine(context, [x0, y0], [x1, y1]) {
  context.beginPath();
  context.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
  context.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  context.stroke();
}
