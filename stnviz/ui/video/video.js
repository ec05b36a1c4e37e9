// A clip with the windows of all transformers on it, what each reads, and how far each moves.
//
// Everything is sent once; playing and scrubbing ask nobody. The state is { frame, grid }.

import { button, make } from "../stage/dom.js";
import { drawLane } from "../attention/lanes.js";
import { Overlay } from "../stage/picture.js";
import { decodeStored, part } from "../stage/protocol.js";
import { adoptTheme } from "../stage/theme.js";
import { Reel, show } from "./reel.js";
import { Moves } from "./moves.js";
import { buildTiles } from "./tiles.js";

const SLOW = 0.25;
const SMALL = 130; // pixels up to which a picture is shown unsmoothed

class Video {
  constructor(root) {
    this.root = root;
    this.picture = make("canvas", { class: "pixels", role: "img" });
    const over = make("canvas", { class: "overlay", "aria-hidden": "true" });
    this.overlay = new Overlay(over);
    this.answer = make("p", { class: "answer", "data-testid": "answer" });
    this.tiles = make("div", { class: "tiles" });
    this.moves = new Moves((frame, settled) => this.go(frame, settled));
    this.key = make("p", { class: "key" });
    const view = make("div", { class: "view" }, this.picture, over);
    root.append(
      view,
      make("div", { class: "side" }, this.answer, this.tiles),
      this.transport(),
      make("div", { class: "below" }, this.key, this.moves.root),
    );
    root.addEventListener("keydown", (event) => this.press(event));
    new ResizeObserver(() => this.draw()).observe(root);
  }

  transport() {
    this.toggle = button("Play", () => (this.timer ? this.rest() : this.play()), { class: "play" });
    this.slider = make("input", {
      type: "range",
      min: 0,
      step: 1,
      "aria-label": "Frame",
      oninput: () => this.go(Number(this.slider.value), false),
      onchange: () => this.tell(),
    });
    this.number = make("span", { class: "number", "data-testid": "frame" });
    this.slow = button("Slow", () => this.change({ slow: !this.state.slow }, false), {
      title: "A quarter of the speed",
    });
    this.grid = button("Grid", () => this.change({ grid: !this.state.grid }), {
      title: "The sampling grid inside each window, thinned out",
    });
    return make(
      "div",
      { class: "transport" },
      button("\u2039", () => this.nudge(-1), { "aria-label": "One frame back" }),
      this.toggle,
      button("\u203a", () => this.nudge(1), { "aria-label": "One frame on" }),
      this.slider,
      this.number,
      this.slow,
      this.grid,
    );
  }

  receive(data, report) {
    this.report = report;
    adoptTheme(this.root);
    const { asked, frame, grid } = data.state;
    const fresh = data.revision !== this.revision;
    const led = asked !== this.asked;
    if (!fresh && !led) return this.draw();
    this.asked = asked;
    this.pause();
    if (fresh) this.load(data);
    if (led) this.state = { frame: frame ?? 0, grid, slow: this.state?.slow ?? false };
    this.state.frame = Math.min(this.state.frame, this.count - 1);
    this.draw();
    if (led && frame === null && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.play();
    }
  }

  load({ revision, answer }) {
    const { head, arrays } = decodeStored(answer)[0];
    Object.assign(this, { revision, head, arrays, count: arrays.windows.shape[0] });
    this.reels = Object.fromEntries(
      Object.entries(head.reels).map(([name, reel]) => [name, new Reel(arrays[name], reel)]),
    );
    this.slider.max = this.count - 1;
    this.windows = buildTiles(this.tiles, head.letters, "given" in head.reels);
    this.moves.set({ ...arrays, rate: head.rate });
    const truth = arrays.truth ? ` Dashed orange: the ${head.thing} itself.` : "";
    this.key.textContent = `How far each window moves from one frame to the next, in half pictures.${truth}`;
  }

  change(news, settled = true) {
    Object.assign(this.state, news);
    if (this.timer) this.play(); // at the new speed, from here
    this.draw();
    if (settled) this.tell();
  }

  go(frame, settled = true) {
    this.pause();
    this.state.frame = frame;
    this.draw();
    if (settled) this.tell();
  }

  nudge(way) {
    this.go(Math.min(Math.max(this.state.frame + way, 0), this.count - 1));
  }

  press(event) {
    const ways = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -1e9, End: 1e9 };
    const name = event.composedPath()[0].tagName;
    if (event.key === " " && name !== "BUTTON") this.timer ? this.rest() : this.play();
    else if (event.key in ways && name !== "INPUT") this.nudge(ways[event.key]);
    else return;
    event.preventDefault();
  }

  play() {
    cancelAnimationFrame(this.timer);
    this.toggle.textContent = "Pause";
    const from = this.state.frame >= this.count - 1 ? 0 : this.state.frame;
    const speed = this.head.rate * (this.state.slow ? SLOW : 1);
    const began = performance.now();
    const turn = (now) => {
      // The first turn may be dated before the click.
      const frame = from + Math.floor((Math.max(0, now - began) / 1000) * speed);
      const last = this.count - 1;
      if (Math.min(frame, last) !== this.state.frame) {
        this.state.frame = Math.min(frame, last);
        this.draw();
      }
      if (frame >= last) this.rest();
      else this.timer = requestAnimationFrame(turn);
    };
    this.timer = requestAnimationFrame(turn);
  }

  pause() {
    cancelAnimationFrame(this.timer);
    this.timer = null;
    this.toggle.textContent = "Play";
  }

  /** Pause, and say where. */
  rest() {
    this.pause();
    this.tell();
  }

  draw() {
    if (!this.head) return;
    const { frame, grid, slow } = this.state;
    this.slider.value = frame;
    this.slider.setAttribute("aria-valuetext", `frame ${frame + 1} of ${this.count}`);
    this.grid.setAttribute("aria-pressed", String(grid));
    this.slow.setAttribute("aria-pressed", String(slow));
    const reels = Object.values(this.reels);
    Promise.all(reels.map((reel) => reel.frame(frame))).then((bitmaps) => {
      // A frame that came late is not shown over a newer one.
      if (this.state.frame !== frame || reels[0] !== this.reels.picture) return;
      this.lay(frame, Object.fromEntries(Object.keys(this.reels).map((name, k) => [name, bitmaps[k]])));
    });
    if (this.timer) for (const reel of reels) reel.ahead(frame);
  }

  /** Picture, windows, readings, answer and mark of one frame, all at once. */
  lay(frame, { picture, crops, given }) {
    const { letters, lattice: n, said } = this.head;
    const { canvases, input } = this.windows;
    show(this.picture, picture);
    this.picture.classList.toggle("smooth", picture.width > SMALL);
    this.picture.setAttribute("aria-label", `Frame ${frame + 1} of the clip. ${said[frame]}`);
    this.answer.textContent = said[frame];
    const digits = String(this.count).length;
    this.number.textContent = `${String(frame + 1).padStart(digits, "\u2007")} of ${this.count}`;
    canvases.forEach((canvas, k) => show(canvas, crops, k, letters.length));
    if (given && input) show(input, given);
    this.overlay.clear();
    letters.forEach((_, k) => {
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
    const { frame, grid } = this.state;
    this.report.state("state", { frame, grid });
  }
}

/** Streamlit calls this on mounting and again, on the same element, whenever data change. */
export default function mount({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector("[data-testid=video]");
  root.video ??= new Video(root);
  root.video.receive(data, { state: setStateValue });
  const turn = (root.turn = (root.turn ?? 0) + 1);
  return () => {
    if (root.turn !== turn) return;
    root.video?.pause();
    root.replaceChildren();
    delete root.video;
  };
}
