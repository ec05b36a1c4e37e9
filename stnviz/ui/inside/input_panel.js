// The first step: which image goes in. A digit with its distortion, or an image of the data set.

import { Choices } from "../stage/choices.js";
import { button, hides, make } from "../stage/dom.js";
import { Overlay, paint } from "../stage/picture.js";
import { Sliders } from "../stage/sliders.js";
import { LATTICE_COLOURS } from "../stage/theme.js";

export class InputPanel {
  constructor(host) {
    this.host = host;
    this.pixels = make("canvas", { class: "pixels", role: "img" });
    this.over = make("canvas", { class: "overlay", "aria-hidden": "true" });
    this.overlay = new Overlay(this.over);
    this.view = make("div", { class: "view large" }, this.pixels, this.over);
    this.words = make("p", { class: "words" });
    this.choices = new Choices(this);
    this.sliders = new Sliders(this);
    this.count = make("span", { class: "count" });
    this.others = make(
      "div",
      { class: "line buttons", "data-part": "pictures" },
      button("\u2039", () => this.turn(-1), { "aria-label": "The picture before" }),
      button("\u203a", () => this.turn(1), { "aria-label": "The next picture" }),
      this.count,
    );
    this.controlsPlace = make("div", { class: "controls" });
    this.root = make(
      "section",
      { class: "split", "aria-label": "Input" },
      make("figure", {}, this.view, make("figcaption", {}, "the input, U")),
      make("div", { class: "column" }, this.words, this.controlsPlace),
    );
    new ResizeObserver(() => this.draw()).observe(this.view);
  }

  // What the stage's choices and sliders ask of their host.
  get state() {
    return this.host.state;
  }

  get controls() {
    return this.host.controls;
  }

  change(values) {
    this.host.change(values);
  }

  release() {
    this.host.release();
  }

  choose(picture, settled) {
    this.host.choose(picture, settled);
  }

  shuffle() {
    this.host.shuffle();
  }

  /** Builds the controls of another network. */
  rebuild() {
    const digits = Boolean(this.state.distortion);
    this.controlsPlace.replaceChildren(...(digits ? [this.choices.root, this.sliders.root] : [this.others]));
    if (digits) this.sliders.rebuild();
  }

  /** Offers thumbnails. */
  offer(thumbs) {
    if (thumbs.sprite === this.sprite) return;
    this.sprite = thumbs.sprite;
    this.choices.rebuild(thumbs);
  }

  update() {
    if (!this.state.distortion) return;
    this.sliders.update();
    this.choices.update();
  }

  turn(by) {
    const count = this.opened?.head.count || 1;
    this.host.choose({ picture: (this.state.picture + by + count) % count });
  }

  show(opened) {
    this.opened = opened;
    paint(this.pixels, opened.arrays.image);
    this.pixels.setAttribute("aria-label", this.state.distortion ? "The distorted digit" : `Picture ${this.state.picture + 1}`);
    this.others.hidden = Boolean(this.state.photo);
    this.count.textContent = `picture ${this.state.picture + 1} of ${opened.head.count}`;
    this.words.textContent = this.state.distortion
      ? "Choose a digit and distort it. The dashed frame is where the clean picture has gone."
      : this.state.photo
        ? "Your own picture. It stays on this server, and goes with this visit."
        : "Choose a picture.";
    this.draw();
  }

  draw() {
    if (!this.opened) return;
    const { yours } = this.opened.arrays;
    this.overlay.clear();
    if (yours && !hides(this.view, "window")) this.overlay.frame(yours.data, this.opened.head.lattice, LATTICE_COLOURS.yours);
  }
}
