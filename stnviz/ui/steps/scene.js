// The large image: the network's input, its windows so far, and the visitor's handles.

import { hides, make } from "../stage/dom.js";
import { clamp, fromView, toView } from "../stage/geometry.js";
import { Overlay } from "../stage/picture.js";
import { part } from "../stage/protocol.js";
import { LATTICE_COLOURS } from "../stage/theme.js";
import { paintGlide } from "./glide.js";
import { groundAt, middle, repaint, windowAt } from "./step_trace.js";

const EDGE = 1.25; // how far out a handle is shown
const FINE = 1000; // positions of a handle per half image: the precision of a link
const NUDGE = 0.04; // half images for one press of an arrow key
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The scene; `on` has the callbacks move(handles) during a drag, and release() after it. */
export class Scene {
  constructor(on) {
    this.on = on;
    this.picture = make("canvas", { class: "pixels", role: "img" });
    const over = make("canvas", { class: "overlay", "aria-hidden": "true" });
    this.overlay = new Overlay(over);
    this.knobs = make("div", { class: "knobs" });
    this.root = make("div", { class: "view scene" }, this.picture, over, this.knobs);
    this.held = false;
  }

  /**
   * Shows a trace with the steps up to `done` complete. `window` is the lattice at which the window
   * of step `goal` is drawn, moving or at rest; `glide` moves a foreground with it.
   */
  show(trace, { goal, done, own, window, glide, handles }) {
    const { head, arrays } = trace;
    const before = own && head.residual_warps && goal > 1;
    if (glide) paintGlide(this.picture, arrays, glide);
    else repaint(this.picture, groundAt(trace, head.composites ? done : goal, own));
    const words = before ? `What step ${goal - 1} has read` : "The picture";
    const way = done < goal ? " on its way" : "";
    this.picture.setAttribute("aria-label", hides(this.root, "window") ? words : `${words}, with the window of step ${goal}${way}`);
    this.overlay.clear();
    if (!before) {
      for (let k = 0; k < arrays.frames.shape[0]; k++) this.frame(part(arrays.frames, k).data);
      if (!own && !hides(this.root, "window")) this.path(trace, goal, done);
    }
    if (hides(this.root, "window")) window = null;
    if (window && head.composites) this.overlay.thin(window, head.lattice, LATTICE_COLOURS.network, 2);
    else if (window) this.overlay.window(window, head.lattice, LATTICE_COLOURS.network);
    this.knobs.hidden = Boolean(before);
    this.handle = head.handle;
    this.place(handles);
  }

  /** Draws the frame of a thing as the visitor has placed it, dashed. */
  frame(corners) {
    const points = [0, 1, 2, 3].map((k) => [corners[2 * k], corners[2 * k + 1]]);
    this.overlay.stroke(points, { colour: LATTICE_COLOURS.yours, width: 1.5, dash: [5, 4], closed: true, opacity: 0.8 });
  }

  /** Draws the path of the window's middle so far, and the earlier windows, thin. */
  path(trace, goal, done) {
    const n = trace.head.lattice;
    const middles = [];
    for (let k = 1; k <= done; k++) {
      const lattice = windowAt(trace, k, false);
      middles.push(middle(lattice, n));
      if (k < goal && !trace.head.composites) this.overlay.thin(lattice, n, LATTICE_COLOURS.network);
    }
    this.overlay.stroke(middles, { colour: LATTICE_COLOURS.network, width: 1.5 });
    middles.forEach((at) => this.overlay.dot(at, LATTICE_COLOURS.network));
  }

  place(handles) {
    const kind = `${this.handle} ${handles.length}`;
    if (this.knobs.dataset.kind !== kind) {
      this.knobs.dataset.kind = kind;
      this.knobs.replaceChildren(...handles.map((_, k) => this.knob(k)));
    }
    handles.forEach(([x, y], k) => {
      const { style } = this.knobs.children[k];
      style.left = `${toView(clamp(x, -EDGE, EDGE)) * 100}%`;
      style.top = `${toView(clamp(y, -EDGE, EDGE)) * 100}%`;
    });
    this.handles = handles;
  }

  knob(k) {
    const what = `${this.handle} ${k + 1}`;
    return make("button", {
      type: "button",
      class: "knob",
      "data-still": true, // a press does nothing, so the space bar may play
      "aria-label": `Move ${what}`,
      title: `Move ${what}: drag, or use the arrow keys`,
      onpointerdown: (event) => this.grab(event, k),
      onkeydown: (event) => this.key(event, k),
      onkeyup: ({ key }) => key in ARROWS && this.on.release(),
    });
  }

  at({ clientX, clientY }) {
    const box = this.root.getBoundingClientRect();
    return [fromView((clientX - box.left) / box.width), fromView((clientY - box.top) / box.height)];
  }

  /** Where a handle is shown; one that lies further out jumps here when it is moved. */
  seen(k) {
    return this.handles[k].map((u) => clamp(u, -EDGE, EDGE));
  }

  grab(event, k) {
    if (event.button > 0 || !event.isPrimary) return;
    event.preventDefault();
    this.held = true;
    const knob = event.currentTarget;
    knob.focus({ preventScroll: true });
    knob.setPointerCapture(event.pointerId);
    const start = this.at(event);
    const [x, y] = this.seen(k);
    const drag = (next) => {
      const [nx, ny] = this.at(next);
      this.move(k, [x + nx - start[0], y + ny - start[1]]);
    };
    const end = () => {
      knob.removeEventListener("pointermove", drag);
      knob.removeEventListener("lostpointercapture", end);
      this.held = false;
      this.on.release();
    };
    knob.addEventListener("pointermove", drag);
    knob.addEventListener("lostpointercapture", end);
  }

  key(event, k) {
    const way = ARROWS[event.key];
    if (!way) return;
    event.preventDefault();
    const [x, y] = this.seen(k);
    this.move(k, [x + NUDGE * way[0], y + NUDGE * way[1]]);
  }

  move(k, at) {
    const moved = this.handles.map((old, index) => (index === k ? at.map((u) => clamp(u, -2, 2)) : old));
    this.on.move(moved.map((handle) => handle.map((u) => Math.round(FINE * u) / FINE)));
  }
}
