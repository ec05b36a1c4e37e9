// The sliders: real range inputs, one for each parameter, with the trained range marked.

import { make } from "./dom.js";
import { figure } from "./reading.js";

const GROUPS = { corner: "Four corners", spline: "Sixteen spline points" };
const SLIDER_STEPS = 240;

/** All sliders of a distortion; `host` provides controls, state, change(values), release(). */
export class Sliders {
  constructor(host) {
    this.host = host;
    this.root = make("div", { class: "sliders", "data-part": "sliders" });
  }

  rebuild() {
    this.rows = {};
    const plain = make("div", { class: "slider-group" });
    const folded = {};
    for (const control of Object.values(this.host.controls)) {
      const group = Object.keys(GROUPS).find((name) => control.name.startsWith(name));
      const row = this.slider(control);
      if (group) (folded[group] ??= make("div", { class: "slider-group" })).append(row);
      else plain.append(row);
    }
    const details = Object.entries(folded).map(([name, body]) =>
      make("details", {}, make("summary", {}, GROUPS[name]), body),
    );
    this.root.replaceChildren(plain, ...details);
    this.update();
  }

  slider(control) {
    const { name, label, low, high, help, trained } = control;
    const whole = name === "clutter";
    const input = make("input", {
      type: "range",
      min: low,
      max: high,
      step: whole ? 1 : (high - low) / SLIDER_STEPS,
      "aria-label": label,
      title: help,
    });
    input.addEventListener("input", () => this.host.change({ [name]: Number(input.value) }));
    input.addEventListener("change", () => this.host.release());
    const share = (x) => Math.min(1, Math.max(0, (x - low) / (high - low)));
    const text = make("output", {});
    const range = make("span", { class: "range", title: "The range the network was trained on" });
    if (trained) {
      const [from, to] = trained.map(share);
      range.style.setProperty("--from", from);
      range.style.setProperty("--width", to - from);
    } else range.hidden = true;
    this.rows[name] = { input, text, control };
    const head = make("span", { class: "slider-head" }, make("span", {}, label), text);
    return make("label", { class: "slider" }, head, make("span", { class: "track" }, range, input));
  }

  /** Shows the state's values. */
  update() {
    for (const [name, { input, text, control }] of Object.entries(this.rows)) {
      const value = this.host.state.values[name] ?? control.default;
      input.value = value;
      const shown = figure(value * control.factor, control.decimals) + control.sign;
      text.textContent = shown;
      input.setAttribute("aria-valuetext", shown);
    }
  }
}
