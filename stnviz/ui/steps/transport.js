// One transport for all films: play, pause, step, slow, scrub.

import { button, make } from "../stage/dom.js";

const SECONDS = 1.1; // for each look
const SLOWER = 2.5;
const MOVING = 0.6; // share of a look's time in which its window is on its way

/**
 * `on` has at(tick, share) while it plays, share of the way to the tick's window in [0, 1], and
 * settle(tick) where it comes to rest.
 */
export class Transport {
  constructor(on) {
    this.on = on;
    this.tick = 1;
    this.ticks = 1;
    this.toggle = button("Play", () => (this.timer ? this.rest() : this.play()), { class: "play" });
    this.back = button("\u2039", () => this.go(this.tick - 1), { "aria-label": "One look back" });
    this.forth = button("\u203a", () => this.go(this.tick + 1), { "aria-label": "One look on" });
    this.slider = make("input", {
      type: "range",
      min: 1,
      step: 1,
      "aria-label": "Look",
      oninput: () => this.go(Number(this.slider.value), false),
      onchange: () => this.rest(),
    });
    this.words = make("span", { class: "count", "data-testid": "look" });
    this.slow = button("Slow", () => this.on.slow(), { title: "Play two and a half times as slowly" });
    this.root = make("div", { class: "line transport" }, this.back, this.toggle, this.forth, this.slider, this.words, this.slow);
  }

  set({ tick, ticks, slow }) {
    Object.assign(this, { tick: Math.min(Math.max(tick, 1), Math.max(ticks, 1)), ticks, slowly: slow });
    this.root.hidden = ticks < 2;
    this.slow.setAttribute("aria-pressed", String(slow));
    this.draw();
  }

  draw() {
    this.slider.max = this.ticks;
    this.slider.value = this.tick;
    this.slider.setAttribute("aria-valuetext", `look ${this.tick} of ${this.ticks}`);
    this.words.textContent = `look ${this.tick} of ${this.ticks}`;
    this.back.disabled = this.tick === 1;
    this.forth.disabled = this.tick === this.ticks;
  }

  go(tick, settled = true) {
    this.stop();
    this.tick = Math.min(Math.max(tick, 1), this.ticks);
    this.draw();
    this.on.at(this.tick, 1);
    if (settled) this.on.settle(this.tick);
  }

  play() {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const from = this.tick === this.ticks ? 0 : this.tick;
    this.toggle.textContent = "Pause";
    const began = performance.now();
    const frame = (now) => {
      const each = 1000 * SECONDS * (this.slowly ? SLOWER : 1);
      const played = Math.max(0, now - began) / each;
      if (from + played >= this.ticks) {
        this.tick = this.ticks;
        this.draw();
        this.on.at(this.tick, 1);
        return this.rest();
      }
      this.tick = from + Math.floor(played) + 1;
      this.draw();
      const share = Math.min((played % 1) / MOVING, 1);
      this.on.at(this.tick, still ? 1 : share * share * (3 - 2 * share));
      this.timer = requestAnimationFrame(frame);
    };
    this.timer = requestAnimationFrame(frame);
  }

  /** Stay where it is. */
  rest() {
    this.stop();
    this.on.at(this.tick, 1);
    this.on.settle(this.tick);
  }

  stop() {
    cancelAnimationFrame(this.timer);
    this.timer = null;
    this.toggle.textContent = "Play";
  }
}
