// One probe image: the network's windows on it, its output and its prediction.

import { hides, make } from "../stage/dom.js";
import { drawLane } from "../attention/lanes.js";
import { Overlay, paint } from "../stage/picture.js";
import { LATTICE_COLOURS } from "../stage/theme.js";

/** The tile of an image; `onpick` if it can be chosen. */
export class Tile {
  constructor(onpick) {
    this.tagged = !onpick; // letters need room
    this.input = make("canvas", { class: "pixels" });
    this.overlayCanvas = make("canvas", { class: "overlay", "aria-hidden": "true" });
    this.overlay = new Overlay(this.overlayCanvas);
    this.output = make("canvas", { class: "pixels read" });
    this.said = make("span", { class: "said", "data-part": "answer" });
    const view = make("span", { class: "view" }, this.input, this.overlayCanvas);
    const read = make("span", { class: "reads", "data-part": "output" }, this.output);
    this.root = onpick
      ? make("button", { type: "button", class: "tile", onclick: onpick }, view, read, this.said)
      : make("div", { class: "tile large", role: "img" }, view, read);
  }

  /** Shows one snapshot of the image; `output` may be missing. */
  show({ picture, windows, n, output, said, right, words }) {
    if (this.picture !== picture) paint(this.input, (this.picture = picture));
    this.windows = windows;
    this.n = n;
    if (output) paint(this.output, output);
    this.said.textContent = said;
    this.said.classList.toggle("wrong", !right);
    this.root.setAttribute("aria-label", words);
    this.root.title = words;
    this.draw();
  }

  draw() {
    this.overlay.clear();
    if (hides(this.root, "window")) return;
    if (this.windows.length === 1) {
      this.overlay.window(this.windows[0], this.n, LATTICE_COLOURS.network);
      return;
    }
    const { tagged } = this;
    this.windows.forEach((lattice, k) => drawLane(this.overlay, lattice, this.n, k, { tagged }));
  }
}
