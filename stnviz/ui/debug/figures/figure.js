// A figure: one canvas with layers over a rectangle of pixels, a scale below it, and its caption.

import { button, make } from "../../stage/dom.js";
import { smallType, typeScale } from "../../stage/picture.js";
import { saveCanvas } from "./save.js";

const BAR = 30; // height of a scale with its numbers
const WHEEL = 52; // and of a wheel of directions
const TALLEST = 1.25; // of its width, so that tall pictures leave room for others
const SAVED = 3; // canvas pixels for one of the page in a saved figure, at least 2

export class Figure {
  /** `onprobe(x, y, settled)` gets the place that the pointer is at, null when it leaves. */
  constructor(title, hint, { onprobe, onpick, keys } = {}) {
    this.title = title;
    this.canvas = make("canvas", { class: "figure", role: "img" });
    this.caption = make("span", { class: "caption" });
    this.save = button("Save", () => this.keep(), { class: "save", title: `Save this picture as a PNG` });
    this.root = make(
      "figure",
      {},
      make("header", {}, make("b", { title: hint }, title), this.save),
      this.canvas,
      make("figcaption", {}, this.caption),
    );
    if (onprobe) this.listen(onprobe, onpick, keys);
    new ResizeObserver(() => this.draw()).observe(this.root);
  }

  listen(onprobe, onpick, keys) {
    const { canvas } = this;
    const place = (event) => this.from(event.offsetX, event.offsetY);
    canvas.addEventListener("pointermove", (event) => onprobe(place(event)));
    canvas.addEventListener("pointerdown", (event) => onprobe(place(event)));
    canvas.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && onprobe(null));
    if (onpick) canvas.addEventListener("click", (event) => onpick(place(event)));
    if (!keys) return;
    canvas.tabIndex = 0;
    canvas.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!move) return;
      keys(move);
      event.preventDefault();
      event.stopPropagation();
    });
  }

  /** Shows layers over `view`, a rectangle [x0, y0, x1, y1]; each is a function of a pen. */
  show({ view, layers, scale, caption, label, ground }) {
    Object.assign(this, { view, layers, scale, ground, still: null });
    this.caption.textContent = caption;
    this.canvas.setAttribute("aria-label", label);
    this.draw();
  }

  /** Draws `mark`, a layer of its own, over everything. */
  mark(mark) {
    this.marked = mark;
    this.draw();
  }

  draw() {
    const width = this.root.clientWidth;
    if (!width || !this.layers) return;
    const ratio = window.devicePixelRatio || 1;
    const height = this.heightOf(width);
    const { canvas } = this;
    if (this.still?.width !== Math.round(width * ratio)) {
      this.still = this.painted(width, height, ratio);
      canvas.width = this.still.width;
      canvas.height = this.still.height;
      canvas.style.height = `${height}px`;
    }
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(this.still, 0, 0);
    this.marked?.(this.penOf(context, width, height, ratio));
  }

  heightOf(width) {
    const [x0, y0, x1, y1] = this.view;
    const shape = Math.min((y1 - y0) / (x1 - x0), TALLEST);
    return Math.round(width * shape) + this.below;
  }

  /** The height of the scale. */
  get below() {
    if (!this.scale) return 0;
    return ("wheel" in this.scale ? WHEEL : BAR) * typeScale();
  }

  painted(width, height, ratio) {
    const still = new OffscreenCanvas(Math.round(width * ratio), Math.round(height * ratio));
    const pen = this.penOf(still.getContext("2d"), width, height, ratio);
    if (this.ground) {
      pen.context.fillStyle = this.style(this.ground);
      pen.context.fillRect(0, 0, still.width, Math.round((height - this.below) * ratio));
    }
    this.layers.forEach((layer) => layer(pen));
    if (this.scale) this["wheel" in this.scale ? "wheel" : "bar"](pen, width, height);
    return still;
  }

  /** Where and how to draw: `at` maps a place to the canvas, `unit` is a pixel of the page. */
  penOf(context, width, height, unit) {
    const [x0, y0, x1, y1] = this.view;
    const room = height - this.below;
    const size = Math.min(width / (x1 - x0), room / (y1 - y0));
    const left = (width - size * (x1 - x0)) / 2;
    const at = (x, y) => [(left + (x - x0) * size) * unit, (y - y0) * size * unit];
    return { context, at, unit, size: size * unit, style: (name) => this.style(name) };
  }

  from(offsetX, offsetY) {
    const width = this.root.clientWidth;
    const [x0, y0] = this.view;
    const { at } = this.penOf(null, width, this.heightOf(width), 1);
    const [[left, top], [right]] = [at(x0, y0), at(x0 + 1, y0)];
    return [x0 + (offsetX - left) / (right - left), y0 + (offsetY - top) / (right - left)];
  }

  style(name) {
    return getComputedStyle(this.root).getPropertyValue(name).trim();
  }

  bar({ context, unit }, width, height) {
    const top = (height - this.below + 6) * unit;
    const deep = 7 * unit;
    const long = width * unit;
    for (let x = 0; x < long; x++) {
      context.fillStyle = `rgb(${this.scale.at(x / long).join(", ")})`;
      context.fillRect(x, top, 1, deep);
    }
    this.small(context, unit);
    context.textBaseline = "top";
    for (const [share, text] of this.scale.ticks) {
      context.textAlign = share < 0.1 ? "left" : share > 0.9 ? "right" : "center";
      context.fillText(text, share * long, top + deep + 3 * unit);
    }
  }

  /** The colours of directions, out to the largest distance. */
  wheel({ context, unit }, _, height) {
    const radius = (this.below / 2 - 5) * unit;
    const middle = (height - this.below / 2 + 2) * unit;
    for (let y = -radius; y <= radius; y++) {
      for (let x = -radius; x <= radius; x++) {
        const far = Math.hypot(x, y) / radius;
        if (far > 1) continue;
        context.fillStyle = `rgb(${this.scale.colour([x, y].map((one) => (one / radius) * this.scale.wheel)).join(", ")})`;
        context.fillRect(Math.round(radius + x), Math.round(middle + y), 1, 1);
      }
    }
    this.small(context, unit);
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(`up to ${Number(this.scale.wheel.toPrecision(2))} px`, 2 * radius + 8 * unit, middle);
  }

  small(context, unit) {
    context.fillStyle = this.style("--faint");
    context.font = `${smallType() * unit}px ${getComputedStyle(this.root).fontFamily}`;
  }

  /** Saves the figure, larger than on the page, with its title and caption. */
  keep() {
    const width = Math.max(this.root.clientWidth, 240);
    const still = this.painted(width, this.heightOf(width), SAVED);
    saveCanvas(still, this.title, this.caption.textContent, {
      ratio: SAVED,
      ground: this.style("--ground"),
      ink: getComputedStyle(this.root).color,
      font: getComputedStyle(this.root).fontFamily,
      name: this.name ?? this.title,
    });
  }
}
