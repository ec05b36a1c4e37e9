// A slider and a number for each element of theta, the network's own value marked.

import { make } from "../stage/dom.js";
import { short, thetaNames } from "./words.js";

const NOTCHES = 400;

export class ThetaSliders {
  constructor(host) {
    this.host = host;
    this.rows = [];
    this.root = make("div", { class: "theta-sliders", "data-part": "sliders" });
  }

  show(opened) {
    const { head, arrays } = opened;
    this.opened = opened;
    this.root.dataset.edited = head.edited;
    const key = `${head.network} ${head.transform} ${head.parameters.length}`;
    if (key !== this.key) this.rebuild(key, head);
    this.rows.forEach(({ range, number, mark }, k) => {
      const { low, high } = head.parameters[k];
      if (document.activeElement !== number && this.rows[k].range.getRootNode().activeElement !== number) number.value = arrays.theta.data[k].toFixed(3);
      range.value = arrays.theta.data[k];
      const share = (arrays.own.data[k] - low) / (high - low);
      mark.style.setProperty("--own", Math.min(Math.max(share, 0), 1));
      mark.title = `The network's own: ${short(arrays.own.data[k])}`;
    });
  }

  rebuild(key, head) {
    this.key = key;
    const names = thetaNames(head);
    this.rows = head.parameters.map(({ low, high, help }, k) => {
      const step = (high - low) / NOTCHES;
      const range = make("input", {
        type: "range", min: low, max: high, step, "aria-label": names[k], title: help,
        oninput: () => this.change(k, range.value),
        onchange: () => this.host.tell(),
      });
      const number = make("input", {
        type: "number", step: 0.01, "aria-label": `${names[k]} as a number`,
        onchange: () => this.change(k, number.value, true),
      });
      const mark = make("i", { class: "own" });
      return { range, number, mark, root: make("div", { class: "theta-row" }, make("span", { title: help }, names[k]), make("span", { class: "track" }, mark, range), number) };
    });
    const many = this.rows.length > 9;
    const rows = this.rows.map(({ root }) => root);
    this.root.replaceChildren(...(many ? [make("details", {}, make("summary", {}, `All ${rows.length} numbers`), ...rows)] : rows));
  }

  change(k, text, settled = false) {
    const value = Number(text);
    if (text === "" || !Number.isFinite(value) || Math.abs(value) > 100) {
      this.host.say("Give a number from \u2212100 to 100.");
      return;
    }
    const theta = [...(this.host.state.theta ?? this.opened.arrays.theta.data)];
    theta[k] = value;
    this.host.edit({ theta }, settled);
  }
}
