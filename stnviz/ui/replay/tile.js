// One picture of the probe: where the network looks in it, and what it reads there.

import { make } from "../stage/dom.js";
import { Overlay, paint } from "../stage/picture.js";
import { LATTICE_COLOURS } from "../stage/theme.js";

/** The tile of a picture that shows a `label`; `onpick` where it can be chosen. */
export class Tile {
  constructor(label, onpick) {
    this.label = label;
    this.input = make("canvas", { class: "pixels" });
    this.overlayCanvas = make("canvas", { class: "overlay", "aria-hidden": "true" });
    this.overlay = new Overlay(this.overlayCanvas);
    this.output = make("canvas", { class: "pixels read" });
    this.said = make("span", { class: "said" });
    const view = make("span", { class: "view" }, this.input, this.overlayCanvas);
    const read = make("span", { class: "reads" }, this.output);
    this.root = onpick
      ? make("button", { type: "button", class: "tile", onclick: onpick }, view, read, this.said)
      : make("div", { class: "tile large", role: "img" }, view, read);
  }

  /** Show the picture as it was seen at `moment`; null fields are not there. */
  show({ picture, lattice, n, output, answer, share, overlap }) {
    if (this.picture !== picture) paint(this.input, (this.picture = picture));
    this.lattice = lattice;
    this.n = n;
    this.output.hidden = !output;
    if (output) paint(this.output, output);
    const sought = overlap !== undefined;
    const right = sought ? overlap > 0.5 : answer === this.label;
    this.said.textContent = sought ? `${Math.round(overlap * 100)} %` : answer;
    this.said.classList.toggle("wrong", !right);
    const words = sought
      ? `The window covers the digit by ${Math.round(overlap * 100)} %`
      : `A ${this.label}, read as ${answer} (${Math.round(share * 100)} %)`;
    this.root.setAttribute("aria-label", words);
    this.root.title = words;
    this.draw();
  }

  draw() {
    this.overlay.clear();
    if (this.lattice) this.overlay.window(this.lattice, this.n, LATTICE_COLOURS.network);
  }
}
