// The sweep: plays one parameter back and forth; it can be paused and stepped.

import { button, make } from "./dom.js";

const SWEEP_SECONDS = 4;
const SWEEP_STEPS = 60;

/** The sweep's controls; `host` provides controls (by name), state, change(values), release(). */
export class Sweep {
  constructor(host) {
    this.host = host;
    this.select = make("select", { "aria-label": "Parameter to sweep" });
    this.toggle = button("Play", () => (this.timer ? this.pause() : this.play()), {
      class: "play",
    });
    this.root = make(
      "div",
      { class: "line sweep", "data-part": "sliders", title: "Play one value back and forth over its whole range." },
      make("span", { class: "caption" }, "Sweep"),
      this.select,
      button("\u2039", () => this.nudge(-1), { "aria-label": "One step back" }),
      this.toggle,
      button("\u203a", () => this.nudge(1), { "aria-label": "One step on" }),
    );
  }

  rebuild() {
    this.pause();
    const options = Object.values(this.host.controls).map(({ name, label }) =>
      make("option", { value: name }, label),
    );
    this.select.replaceChildren(...options);
  }

  get control() {
    return this.host.controls[this.select.value];
  }

  play() {
    this.toggle.textContent = "Pause";
    let { low, high, default: rest } = this.control;
    // Start where the parameter is, going up.
    const start = ((this.host.state.values[this.select.value] ?? rest) - low) / (high - low);
    const began = performance.now() - start * SWEEP_SECONDS * 1000;
    const frame = (now) => {
      ({ low, high } = this.control);
      const phase = ((now - began) / (SWEEP_SECONDS * 1000)) % 2;
      const share = phase < 1 ? phase : 2 - phase;
      this.host.change({ [this.select.value]: low + share * (high - low) });
      this.timer = requestAnimationFrame(frame);
    };
    this.timer = requestAnimationFrame(frame);
  }

  pause() {
    if (!this.timer) return;
    this.stop();
    this.host.release();
  }

  stop() {
    cancelAnimationFrame(this.timer);
    this.timer = null;
    this.toggle.textContent = "Play";
  }

  nudge(way) {
    this.pause();
    const { name, low, high, default: rest } = this.control;
    const value = (this.host.state.values[name] ?? rest) + (way * (high - low)) / SWEEP_STEPS;
    this.host.change({ [name]: Math.min(high, Math.max(low, value)) });
    this.host.release();
  }
}
