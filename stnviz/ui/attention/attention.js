// The attention component: one image, the windows of all transformers on it, and their outputs.
//
// The state is { stage, muted, heat, grid, opacity }: how many steps of transformers have acted,
// which lanes are hidden, whether mean window and grid are shown, the opacity of the lines.

import { mounting } from "../mounting.js";
import { button, hides, make } from "../stage/dom.js";
import { drawLane, LANES } from "./lanes.js";
import { Overlay, paint } from "../stage/picture.js";
import { decodeStored, part } from "../stage/protocol.js";
import { adoptTheme } from "../stage/theme.js";

class Attention {
  constructor(root) {
    this.root = root;
    this.picture = make("canvas", { class: "pixels", role: "img" });
    this.warmth = make("canvas", { class: "heat", "aria-hidden": "true" });
    const over = make("canvas", { class: "overlay", "aria-hidden": "true" });
    this.overlay = new Overlay(over);
    this.answer = make("p", { class: "answer", "data-testid": "answer", "data-part": "answer" });
    this.crops = make("div", { class: "crops", "data-part": "output" });
    this.stage = this.range("Up to transformer", 1, 1, 1, (value) => ({ stage: value }));
    this.opacity = this.range("Lines", 0, 1, 0.05, (value) => ({ opacity: value }));
    this.grid = button("Grid", () => this.change({ grid: !this.state.grid }), {
      title: "The sampling grid inside each window, thinned out",
    });
    this.heat = button("Mean window", () => this.change({ heat: !this.state.heat }), {
      title: "Where each window lies on average, over the whole test set",
    });
    const view = make("div", { class: "view" }, this.picture, this.warmth, over);
    root.append(
      this.answer,
      view,
      this.crops,
      make("div", { class: "line", "data-part": "sliders" }, this.stage.label, this.opacity.label, this.grid, this.heat),
    );
    new ResizeObserver(() => this.draw()).observe(root);
  }

  range(words, min, max, step, read) {
    const number = make("span");
    const input = make("input", {
      type: "range",
      min,
      max,
      step,
      oninput: () => this.change(read(Number(input.value)), false),
      onchange: () => this.tell(),
    });
    return { input, number, label: make("label", {}, words, input, number) };
  }

  receive(data, report) {
    this.report = report;
    adoptTheme(this.root);
    const led = data.state.asked !== this.asked;
    if (data.revision === this.revision && !led) return;
    if (data.revision !== this.revision) {
      this.revision = data.revision;
      ({ head: this.head, arrays: this.arrays } = decodeStored(data.answer)[0]);
    }
    if (led) {
      const { asked, ...state } = data.state;
      Object.assign(this, { asked, state });
    }
    this.state.stage = Math.min(this.state.stage, this.head.ticks);
    this.build();
    this.draw();
    this.root.dataset.ready = "true";
  }

  build() {
    const { letters, ticks, answer, right } = this.head;
    paint(this.picture, this.arrays.picture);
    this.picture.setAttribute("aria-label", hides(this.root, "answer") ? "The picture" : `The picture. ${answer}`);
    this.answer.textContent = answer;
    this.answer.classList.toggle("wrong", !right);
    this.stage.input.max = ticks;
    this.stage.label.hidden = ticks < 2;
    this.heat.hidden = !this.arrays.heat;
    this.crops.dataset.lanes = letters.length;
    if (letters.join() !== this.built) {
      this.built = letters.join();
      this.lanes = letters.map((letter, k) => this.lane(letter, k, letters.length));
      this.crops.replaceChildren(...this.lanes.map((lane) => lane.root));
    }
  }

  lane(letter, k, count) {
    const mark = make("canvas", { class: "mark", width: 72, height: 48, "aria-hidden": "true" });
    drawMark(mark, k);
    const crop = make("canvas", { class: "pixels", role: "img" });
    const mute = button("mute", () => this.mute(letter), { title: `Hide window ${letter}` });
    const alone = { title: `Show window ${letter} alone`, class: "solo" };
    const solo = button("solo", () => this.solo(letter), alone);
    const buttons = count > 1 ? [make("span", { class: "spacer" }), solo, mute] : [];
    const header = make("header", {}, mark, make("b", {}, letter), ...buttons);
    return { root: make("div", { class: "lane" }, header, crop), crop, mute, solo };
  }

  mute(letter) {
    const { muted } = this.state;
    const now = muted.includes(letter) ? muted.filter((l) => l !== letter) : [...muted, letter];
    this.change({ muted: now });
  }

  solo(letter) {
    const others = this.head.letters.filter((l) => l !== letter);
    this.change({ muted: this.alone(letter) ? [] : others });
  }

  alone(letter) {
    const { muted } = this.state;
    return muted.length === this.head.letters.length - 1 && !muted.includes(letter);
  }

  change(news, settled = true) {
    Object.assign(this.state, news);
    this.draw();
    if (settled) this.tell();
  }

  draw() {
    if (!this.head) return;
    const { letters, lattice } = this.head;
    const { stage, muted, opacity, heat, grid } = this.state;
    this.stage.input.value = stage;
    this.stage.number.textContent = `${stage} of ${this.head.ticks}`;
    this.opacity.input.value = opacity;
    this.heat.setAttribute("aria-pressed", String(heat));
    this.grid.setAttribute("aria-pressed", String(grid));
    const windows = part(this.arrays.lattices, stage - 1);
    const crops = this.arrays[`crops${stage - 1}`];
    this.overlay.clear();
    letters.forEach((letter, k) => {
      const hidden = muted.includes(letter);
      const lane = this.lanes[k];
      lane.root.dataset.muted = String(hidden);
      lane.mute.setAttribute("aria-pressed", String(hidden));
      lane.solo.setAttribute("aria-pressed", String(this.alone(letter)));
      paint(lane.crop, part(crops, k));
      lane.crop.setAttribute("aria-label", `What window ${letter} reads`);
      if (!hidden && !hides(this.root, "window")) drawLane(this.overlay, part(windows, k).data, lattice, k, { opacity, grid });
    });
    this.drawHeat(heat && this.arrays.heat, muted);
  }

  drawHeat(heat, muted) {
    const [lanes, rows, columns] = this.arrays.heat?.shape ?? [0, 1, 1];
    Object.assign(this.warmth, { width: columns, height: rows });
    if (!heat) return;
    const context = this.warmth.getContext("2d");
    for (let k = 0; k < lanes; k++) {
      if (muted.includes(this.head.letters[k])) continue;
      const layer = new OffscreenCanvas(columns, rows);
      const inner = layer.getContext("2d");
      const image = inner.createImageData(columns, rows);
      const [red, green, blue] = LANES[k].rgb;
      part(heat, k).data.forEach((share, cell) => {
        image.data.set([red, green, blue, 0.75 * share], 4 * cell);
      });
      inner.putImageData(image, 0, 0);
      context.drawImage(layer, 0, 0);
    }
  }

  tell() {
    this.report.state("state", { ...this.state, asked: this.asked });
  }
}

/** Draws a sample of the lane's line beside its letter. */
function drawMark(canvas, k) {
  const context = canvas.getContext("2d");
  const { colour, dash } = LANES[k];
  context.setLineDash(dash.map((length) => 2 * length));
  context.strokeStyle = colour;
  context.lineWidth = 6;
  context.strokeRect(6, 6, 60, 36);
}

export default mounting("attention", Attention);
