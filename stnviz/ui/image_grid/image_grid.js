// The image grid: still images, each with its window, its output and a caption below.

import { mounting } from "../mounting.js";
import { make } from "../stage/dom.js";
import { Overlay, paint } from "../stage/picture.js";
import { decodeStored, part } from "../stage/protocol.js";
import { adoptTheme, LATTICE_COLOURS } from "../stage/theme.js";

class ImageGrid {
  constructor(root) {
    this.root = root;
    new ResizeObserver(() => this.draw()).observe(root);
  }

  receive(data) {
    adoptTheme(this.root);
    if (data.revision === this.revision) return;
    this.revision = data.revision;
    const { head, arrays } = decodeStored(data.answer)[0];
    this.lines = [];
    const tiles = head.words.map((words, k) => this.tile(words, head, arrays, k));
    this.root.replaceChildren(...tiles);
    this.draw();
    this.root.dataset.ready = "true";
  }

  tile(words, head, arrays, k) {
    const input = make("canvas", { class: "pixels" });
    paint(input, part(arrays.images, k));
    const view = make("span", { class: "view" }, input);
    if (arrays.lattices) {
      const canvas = make("canvas", { class: "overlay", "aria-hidden": "true" });
      view.append(canvas);
      const lattice = part(arrays.lattices, k).data;
      this.lines.push({ overlay: new Overlay(canvas), lattice, n: head.lattice });
    }
    const output = make("canvas", { class: "pixels" });
    paint(output, part(arrays.outputs, k));
    const label = words.replaceAll("\n", ", ");
    return make(
      "figure",
      { class: "tile", "aria-label": label, role: "img" },
      view,
      make("span", { class: "reads" }, output),
      make("figcaption", {}, ...words.split("\n").map((line) => make("span", {}, line))),
    );
  }

  draw() {
    for (const { overlay, lattice, n } of this.lines ?? []) {
      overlay.clear();
      overlay.window(lattice, n, LATTICE_COLOURS.network);
    }
  }
}

export default mounting("image-grid", ImageGrid);
