// The way of an image through a transformer, drawn as in figure 2 of Jaderberg et al. 2015: a button
// for each step, in order. The one that is open is marked; the others are paler.

import { hides, make } from "../stage/dom.js";
import { Overlay, paint } from "../stage/picture.js";
import { figure } from "../stage/reading.js";
import { LATTICE_COLOURS } from "../stage/theme.js";
import { asShades } from "./opened.js";
import { bestOf, percent, small } from "./words.js";

const STOPS = [
  ["input", "Input", "The image U that goes in"],
  ["localise", "Localise", "The localisation network looks at it and predicts theta"],
  ["grid", "Grid", "Theta says where each output pixel looks"],
  ["sample", "Sample", "The sampler reads the input there: the output V"],
  ["gradients", "Gradients", "How the loss reaches theta"],
  ["classify", "Classify", "The rest of the network answers"],
];

export class Path {
  constructor(onopen) {
    this.buttons = STOPS.map(([name, title, help]) => {
      const content = make("span", { class: "content" });
      const root = make(
        "button",
        { type: "button", class: "stop", "data-step": name, title: help, "aria-label": `${title}: ${help}`, onclick: () => onopen(name) },
        content,
        make("span", { class: "title" }, title),
      );
      return { name, root, content };
    });
    this.pictures = Object.fromEntries(["input", "grid", "sample"].map((name) => [name, this.picture(name)]));
    this.theta = make("span", { class: "numbers", "data-part": "theta" });
    this.loss = make("span", { class: "loss" });
    this.answer = make("b", { "data-part": "answer" });
    this.sure = make("small", { "data-part": "answer" });
    const contents = { localise: [this.theta], gradients: [this.loss], classify: [this.answer, this.sure] };
    for (const { name, content } of this.buttons) content.append(...(contents[name] ?? [this.pictures[name].root]));
    new ResizeObserver(() => this.draw()).observe(this.pictures.grid.root);
    this.root = make("nav", { class: "path", "aria-label": "Steps of the transformer" }, ...this.buttons.map(({ root }) => root));
  }

  picture(name) {
    const pixels = make("canvas", { class: "pixels" });
    const over = make("canvas", { class: "overlay" });
    const root = make("span", { class: name === "sample" ? "view plain" : "view", ...(name === "sample" ? { "data-part": "output" } : {}) }, pixels, name === "sample" ? null : over);
    return { root, pixels, overlay: new Overlay(over) };
  }

  /** Marks the open step. */
  choose(step) {
    for (const { name, root } of this.buttons) {
      root.setAttribute("aria-current", name === step ? "step" : "false");
      root.tabIndex = name === step ? 0 : -1;
    }
  }

  /** Arrow keys go from step to step. */
  key(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = this.buttons.findIndex(({ root }) => root === event.target);
    const next = by && at >= 0 && this.buttons[at + by];
    if (!next) return;
    event.preventDefault();
    next.root.click();
    next.root.focus();
  }

  /** Shows an answer; a hover changes nothing here. */
  show(opened, classes) {
    if (opened === this.opened) return;
    Object.assign(this, { opened, classes });
    this.draw();
  }

  draw() {
    if (!this.opened) return;
    const { classes } = this;
    const { head, arrays } = this.opened;
    const { input, grid, sample } = this.pictures;
    paint(input.pixels, arrays.image);
    paint(grid.pixels, asShades(arrays.input));
    paint(sample.pixels, asShades(arrays.output));
    input.overlay.clear();
    if (arrays.yours && !hides(this.root, "window")) input.overlay.frame(arrays.yours.data, head.lattice, LATTICE_COLOURS.yours);
    grid.overlay.clear();
    if (!hides(this.root, "window")) this.drawWindow(grid.overlay, head, arrays);
    this.fillTheta(arrays.theta.data, head);
    this.fillAnswer(head, arrays, classes);
  }

  drawWindow(overlay, head, arrays) {
    if (head.edited) overlay.thin(arrays.own_lattice.data, head.lattice, LATTICE_COLOURS.network);
    overlay.window(arrays.lattice.data, head.lattice, head.edited ? LATTICE_COLOURS.yours : LATTICE_COLOURS.network);
  }

  fillAnswer(head, arrays, classes) {
    if (!arrays.answer) {
      this.loss.textContent = this.answer.textContent = this.sure.textContent = "\u2013";
      return;
    }
    this.loss.textContent = head.loss === undefined ? "no loss" : `loss ${small(head.loss ?? NaN)}`;
    const best = bestOf(arrays.answer, classes);
    this.answer.textContent = best.text;
    this.sure.textContent = percent(best.share);
  }

  fillTheta(theta, head) {
    const shown = [...theta].slice(0, 8);
    const columns = { affine: 3, projective: 3 }[head.transform] ?? 2;
    this.theta.style.gridTemplateColumns = `repeat(${columns}, auto)`;
    this.theta.replaceChildren(...shown.map((one) => make("span", {}, figure(one))));
    if (theta.length > 8) this.theta.append(make("span", {}, "\u2026"));
    this.theta.classList.toggle("yours", head.edited);
  }
}
