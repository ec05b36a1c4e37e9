// The second step: feature maps of the localisation network, and how its last layer adds up to theta.

import { make } from "../stage/dom.js";
import { paint } from "../stage/picture.js";
import { part } from "../stage/protocol.js";
import { short, thetaNames } from "./words.js";

const POSITIVE = [31, 111, 178];
const NEGATIVE = [166, 118, 29];
const CELL = 22; // pixels of the page for one weight, at most

export class LocalisePanel {
  constructor(host) {
    this.host = host;
    this.layers = make("div", { class: "layers" });
    this.matrix = make("canvas", {
      class: "weights", tabindex: 0, role: "img",
      onpointermove: (event) => this.point(event),
      onpointerdown: (event) => this.point(event),
      onpointerleave: () => this.leave(),
      onkeydown: (event) => this.key(event),
    });
    this.sums = make("div", { class: "sums", "data-part": "theta" });
    this.said = make("p", { class: "readout", role: "status", "data-testid": "weight" });
    this.pose = make("p", { class: "words", "data-part": "theta" });
    this.root = make(
      "section",
      { class: "localise", "aria-label": "Localise" },
      make("p", { class: "words" }, "The localisation network looks at the whole image. Its layers, from first to last; bright is large."),
      this.layers,
      make("h5", {}, "The last layer: each number of theta is a weighted sum of the units, plus a bias"),
      make("div", { class: "last" }, this.sums, this.matrix),
      this.said,
      this.pose,
    );
    new ResizeObserver(() => this.draw()).observe(this.root);
  }

  show(opened, state) {
    const fresh = this.opened?.arrays.weight !== opened.arrays.weight;
    this.opened = opened;
    this.state = state;
    const { head } = opened;
    if (!head.layers) {
      this.said.textContent = head.still
        ? "A trace holds what was sampled, but not the layers that led to theta."
        : "This network's theta is not predicted by a linear layer that could be shown.";
      for (const part of [this.layers, this.matrix, this.sums]) part.hidden = true;
      this.pose.textContent = "";
      return;
    }
    for (const part of [this.layers, this.matrix, this.sums]) part.hidden = false;
    if (fresh) {
      this.layers.replaceChildren(...head.layers.map((layer, k) => this.layer(layer, opened.arrays[`layer${k}`])));
      this.cell = null;
    }
    this.pose.textContent = poseWords(head.own_pose);
    this.draw();
  }

  layer({ name, shape, low, high }, values) {
    const title = shape.length === 1 ? `${shape[0]} units` : `${shape[0]} maps of ${shape[1]} \u00d7 ${shape[2]}`;
    const maps = make("div", { class: shape.length === 1 ? "units" : "maps" });
    const label = `${name}: ${title}, from ${short(low, 2)} to ${short(high, 2)}`;
    if (shape.length === 1) {
      const canvas = make("canvas", { class: "pixels", role: "img", "aria-label": label });
      paint(canvas, { data: values.data, shape: [1, shape[0]] });
      maps.append(canvas);
    } else {
      maps.setAttribute("role", "img");
      maps.setAttribute("aria-label", label);
      for (let k = 0; k < values.shape[0]; k++) {
        const canvas = make("canvas", { class: "pixels", "aria-hidden": "true" });
        paint(canvas, part(values, k));
        maps.append(canvas);
      }
    }
    return make("figure", {}, maps, make("figcaption", {}, `${name}: ${title}`));
  }

  /** Draws what each unit contributes to each number of theta. */
  draw() {
    const { opened } = this;
    if (!opened?.head.layers) return;
    const { features, weight, bias, own } = opened.arrays;
    const [rows, columns] = weight.shape;
    const names = thetaNames(opened.head);
    this.sums.replaceChildren(
      ...Array.from(own.data, (value, p) => make("span", { class: this.cell?.[0] === p ? "here" : "" }, `${names[p]} = ${short(value)}`)),
    );
    const high = rows > 12 ? 10 : CELL;
    const ratio = window.devicePixelRatio || 1;
    const wide = Math.max(this.matrix.parentElement.clientWidth - this.sums.offsetWidth - 12, 60);
    const size = [wide / (columns + 1), high];
    this.size = size;
    Object.assign(this.matrix, { width: Math.round(wide * ratio), height: Math.round(rows * high * ratio) });
    this.matrix.style.height = `${rows * high}px`;
    this.matrix.style.width = `${wide}px`;
    this.sums.style.lineHeight = `${high}px`;
    this.sums.style.fontSize = rows > 12 ? "9px" : "";
    const context = this.matrix.getContext("2d");
    const added = (p, k) => (k === columns ? bias.data[p] : weight.data[p * columns + k] * features.data[k]);
    let most = 1e-6;
    for (let p = 0; p < rows; p++) for (let k = 0; k <= columns; k++) most = Math.max(most, Math.abs(added(p, k)));
    for (let p = 0; p < rows; p++) {
      for (let k = 0; k <= columns; k++) {
        const value = added(p, k);
        const [red, green, blue] = value < 0 ? NEGATIVE : POSITIVE;
        context.fillStyle = `rgba(${red}, ${green}, ${blue}, ${0.06 + 0.94 * Math.sqrt(Math.abs(value) / most)})`;
        const left = (k === columns ? k + 0.15 : k) * size[0];
        context.fillRect(left * ratio, p * size[1] * ratio, (size[0] - 1) * ratio, (size[1] - 1) * ratio);
      }
    }
    if (this.cell) {
      const [p, k] = this.cell;
      context.strokeStyle = getComputedStyle(this.matrix).color;
      context.lineWidth = 2 * ratio;
      context.strokeRect((k === columns ? k + 0.15 : k) * size[0] * ratio, p * size[1] * ratio, (size[0] - 1) * ratio, (size[1] - 1) * ratio);
    }
    this.matrix.setAttribute("aria-label", `What each of ${columns} units and the bias add to each of ${rows} numbers of theta. Arrow keys go from one to the next.`);
    this.say();
  }

  say() {
    const { features, weight, bias, own } = this.opened.arrays;
    const [, columns] = weight.shape;
    if (!this.cell) {
      const behind = this.opened.head.bounded ? " Something acts behind this layer, a bound or the theta of the step before: theta is not the sum itself." : "";
      this.said.textContent = `Blue adds, brown takes away; the last column is the bias. Point at a weight.${behind}`;
      return;
    }
    const [p, k] = this.cell;
    const name = thetaNames(this.opened.head)[p];
    if (k === columns) {
      this.said.textContent = `The bias adds ${short(bias.data[p])} to ${name} = ${short(own.data[p])}, for every image.`;
      return;
    }
    const [w, h] = [weight.data[p * columns + k], features.data[k]];
    this.said.textContent = `Unit ${k + 1} is ${short(h)} for this image, its weight ${short(w)}: ${short(h)} \u00d7 ${short(w)} = ${short(w * h)} of ${name} = ${short(own.data[p])}.`;
  }

  point(event) {
    if (!this.size) return;
    const [, columns] = this.opened.arrays.weight.shape;
    const k = Math.min(Math.floor(event.offsetX / this.size[0]), columns);
    const p = Math.min(Math.floor(event.offsetY / this.size[1]), this.opened.arrays.weight.shape[0] - 1);
    this.cell = [Math.max(p, 0), Math.max(k, 0)];
    this.draw();
  }

  leave() {
    this.cell = null;
    if (this.opened) this.draw();
  }

  key(event) {
    const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!by || !this.opened?.head.layers) return;
    event.preventDefault();
    event.stopPropagation();
    const [rows, columns] = this.opened.arrays.weight.shape;
    const [p, k] = this.cell ?? [0, -1];
    this.cell = [Math.min(Math.max(p + by[0], 0), rows - 1), Math.min(Math.max(k + by[1], 0), columns)];
    this.draw();
  }
}

/** The pose of a window in words. */
export function poseWords(pose) {
  if (!pose) return "Theta is not finite.";
  const said = [];
  if (pose.angle !== undefined) said.push(`turned by ${short((pose.angle * 180) / Math.PI, 0)}\u00b0`);
  if (pose.scale_x !== undefined) said.push(`${short(100 * pose.scale_x, 0)} % wide and ${short(100 * pose.scale_y, 0)} % high`);
  if (pose.shear !== undefined) said.push(`slanted by ${short(pose.shear, 2)}`);
  if (pose.shift_x !== undefined) said.push(`moved by ${short(pose.shift_x, 2)} half pictures right and ${short(pose.shift_y, 2)} down`);
  if (pose.tilt_x !== undefined) said.push(`tilted by ${short(pose.tilt_x, 2)} and ${short(pose.tilt_y, 2)}: its horizon is where the depth is 0`);
  if (pose.bend !== undefined) said.push(`bent by ${short(pose.bend, 2)}`);
  return `The window is ${said.join(", ")}.`;
}
