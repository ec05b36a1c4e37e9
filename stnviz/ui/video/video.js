// The video component: a clip with the windows of all transformers, their outputs and their motion.
//
// Everything is sent once; playing and scrubbing send no request. The state is { frame, grid, slow }.

import { mounting } from "../mounting.js";
import { button, hides, make } from "../stage/dom.js";
import { drawLane } from "../attention/lanes.js";
import { Overlay } from "../stage/picture.js";
import { decodeStored, part } from "../stage/protocol.js";
import { adoptTheme } from "../stage/theme.js";
import { Transport } from "../transport.js";
import { Reel, show } from "./reel.js";
import { Moves } from "./moves.js";
import { buildTiles } from "./tiles.js";

const SMALL = 130; // pixels up to which an image is shown unsmoothed

class Video {
  constructor(root) {
    this.root = root;
    this.picture = make("canvas", { class: "pixels", role: "img" });
    const over = make("canvas", { class: "overlay", "aria-hidden": "true" });
    this.overlay = new Overlay(over);
    this.answer = make("p", { class: "answer", "data-testid": "answer", "data-part": "answer" });
    this.tiles = make("div", { class: "tiles", "data-part": "output" });
    this.transport = new Transport({
      thing: "frame",
      say: (frame) => `${String(frame + 1).padStart(String(this.count).length, "\u2007")} of ${this.count}`,
      at: (frame) => this.come(frame),
      settle: () => this.tell(),
      slowed: (slow) => this.change({ slow }),
    });
    this.transport.listen(root);
    this.grid = button("Grid", () => this.change({ grid: !this.state.grid }), {
      title: "The sampling grid inside each window, thinned out",
    });
    this.transport.root.append(this.grid);
    this.moves = new Moves((frame, settled) => this.transport.go(frame, settled));
    this.key = make("p", { class: "key" });
    const view = make("div", { class: "view" }, this.picture, over);
    root.append(
      view,
      make("div", { class: "side" }, this.answer, this.tiles),
      this.transport.root,
      make("div", { class: "below", "data-part": "charts" }, this.key, this.moves.root),
    );
    new ResizeObserver(() => this.draw()).observe(root);
  }

  receive(data, report) {
    this.report = report;
    adoptTheme(this.root);
    const { asked, frame, grid, slow } = data.state;
    const fresh = data.revision !== this.revision;
    const led = asked !== this.asked;
    if (!fresh && !led) return this.draw();
    this.asked = asked;
    this.transport.stop();
    if (fresh) this.load(data);
    if (led) this.state = { frame: frame ?? 0, grid, slow };
    this.state.frame = Math.min(this.state.frame, this.count - 1);
    this.transport.set({ last: this.count - 1, rate: this.head.rate, place: this.state.frame, slow: this.state.slow });
    this.draw();
    if (led && frame === null && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.transport.play();
    }
  }

  load({ revision, answer }) {
    const { head, arrays } = decodeStored(answer)[0];
    Object.assign(this, { revision, head, arrays, count: arrays.windows.shape[0] });
    this.reels = Object.fromEntries(
      Object.entries(head.reels).map(([name, reel]) => [name, new Reel(arrays[name], reel)]),
    );
    this.windows = buildTiles(this.tiles, head.letters, "given" in head.reels);
    this.moves.set({ ...arrays, rate: head.rate });
    this.moves.root.hidden = this.key.hidden = this.count < 2;
    const truth = arrays.truth ? ` Dashed orange: the ${head.thing} itself.` : "";
    this.key.textContent = `How far each window moves from one frame to the next, in half pictures.${truth}`;
  }

  change(news) {
    Object.assign(this.state, news);
    this.draw();
    this.tell();
  }

  come(frame) {
    if (frame === this.state.frame) return;
    this.state.frame = frame;
    this.draw();
  }

  draw() {
    if (!this.head) return;
    const { frame, grid } = this.state;
    this.grid.setAttribute("aria-pressed", String(grid));
    const reels = Object.values(this.reels);
    Promise.all(reels.map((reel) => reel.frame(frame))).then((bitmaps) => {
      // A frame that arrives late must not replace a newer one.
      if (this.state.frame !== frame || reels[0] !== this.reels.picture) return;
      this.lay(frame, Object.fromEntries(Object.keys(this.reels).map((name, k) => [name, bitmaps[k]])));
    });
    if (this.transport.playing) for (const reel of reels) reel.ahead(frame);
  }

  /** Draws image, windows, outputs, prediction and mark of one frame, all at once. */
  lay(frame, { picture, crops, given }) {
    const { letters, lattice: n, said } = this.head;
    const { canvases, input } = this.windows;
    show(this.picture, picture);
    this.picture.classList.toggle("smooth", picture.width > SMALL);
    const answer = hides(this.root, "answer") ? "" : `. ${said[frame]}`;
    this.picture.setAttribute("aria-label", `Frame ${frame + 1} of the clip${answer}`);
    this.answer.textContent = said[frame];
    canvases.forEach((canvas, k) => show(canvas, crops, k, letters.length));
    if (given && input) show(input, given);
    this.overlay.clear();
    letters.forEach((_, k) => {
      if (hides(this.root, "window")) return;
      const window = part(part(this.arrays.windows, frame), k).data;
      drawLane(this.overlay, window, n, k, { grid: this.state.grid });
    });
    this.moves.draw(frame);
    const apart = Array.from(part(this.arrays.moves, frame).data, (move, k) => `${letters[k]} ${move.toFixed(3)}`);
    this.moves.root.setAttribute(
      "aria-label",
      `How far each window moves; in frame ${frame + 1}, in half pictures: ${apart.join(", ")}`,
    );
    this.root.dataset.frame = String(frame);
    this.root.dataset.ready = "true";
  }

  tell() {
    this.report.state("state", { ...this.state, asked: this.asked });
  }

  close() {
    this.transport.stop();
  }
}

export default mounting("video", Video);
