// Turning something in space by hand: with a pointer, as on a ball, or with the keys.

import { CAMERA } from "./space.js";
import { columnsOf, times, turnAbout } from "./turning.js";

const BALL = 0.86; // outside this share of the canvas, a pointer turns a wheel
const KEY_STEP = Math.PI / 36;
const KEYS = {
  ArrowLeft: [1, KEY_STEP],
  ArrowRight: [1, -KEY_STEP],
  ArrowUp: [0, -KEY_STEP],
  ArrowDown: [0, KEY_STEP],
  ",": [2, -KEY_STEP],
  ".": [2, KEY_STEP],
};

/** Listens on a canvas; `on` has turn(rotation), to be done after what there is, and release(). */
export class Turner {
  constructor(canvas, on) {
    Object.assign(this, { canvas, on });
    canvas.addEventListener("pointerdown", (event) => this.take(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", () => this.leave());
    canvas.addEventListener("pointercancel", () => this.leave());
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("keyup", (event) => KEYS[event.key] && on.release());
  }

  /** Where a pointer is, in half canvases from the middle. */
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(2 * (event.clientX - box.left)) / box.width - 1, (2 * (event.clientY - box.top)) / box.height - 1];
  }

  take(event) {
    if (!event.isPrimary) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.last = this.at(event);
    this.wheel = event.shiftKey || Math.hypot(...this.last) > BALL;
  }

  move(event) {
    if (!this.last || !event.isPrimary) return;
    const here = this.at(event);
    const [x, y] = [here[0] - this.last[0], here[1] - this.last[1]];
    if (this.wheel) this.turn(turnAbout(2, Math.atan2(here[1], here[0]) - Math.atan2(this.last[1], this.last[0])));
    else this.turn(times(turnAbout(0, 2 * y), turnAbout(1, -2 * x)));
    this.last = here;
  }

  leave() {
    if (!this.last) return;
    this.last = null;
    this.on.release();
  }

  key(event) {
    const found = KEYS[event.key];
    if (!found || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.turn(turnAbout(...found));
  }

  /** Turns as the camera sees it: right is right on the screen. */
  turn(seen) {
    this.on.turn(times(columnsOf(CAMERA), times(seen, CAMERA)));
  }
}
