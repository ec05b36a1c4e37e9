// The film strip: one tile for each step, with its window, its output and its prediction.

import { hides, make } from "../stage/dom.js";
import { figure } from "../stage/reading.js";
import { Overlay } from "../stage/picture.js";
import { part } from "../stage/protocol.js";
import { LATTICE_COLOURS } from "../stage/theme.js";
import { groundAt, READINGS, repaint, windowAt } from "./step_trace.js";

/** The strip; calls `onpick(tick)` when a tile is chosen. */
export class Strip {
  constructor(onpick) {
    this.onpick = onpick;
    this.tiles = [];
    this.row = make("div", { class: "strip" });
    this.table = make("table", { class: "ticks" });
    this.root = make("div", { class: "strip-place", "data-part": "steps" }, this.row, make("div", { class: "table-place" }, this.table));
  }

  show(trace, { tick, own }) {
    const { ticks } = trace.head;
    if (this.tiles.length !== ticks) {
      this.tiles = Array.from({ length: ticks }, (_, k) => this.tile(k + 1));
      this.row.replaceChildren(...this.tiles.map(({ root }) => root));
      this.row.style.setProperty("--count", ticks);
    }
    this.tiles.forEach((tile, k) => this.fill(tile, trace, k + 1, own, tick === k + 1));
    this.fillTable(trace, tick, own);
  }

  tile(tick) {
    const input = make("canvas", { class: "pixels" });
    const over = make("canvas", { class: "overlay" });
    const output = make("canvas", { class: "pixels read" });
    const said = make("span", { class: "said", "data-part": "answer" });
    const root = make(
      "button",
      { type: "button", class: "tile", onclick: () => this.onpick(tick) },
      make("span", { class: "view" }, input, over),
      make("span", { class: "reads", "data-part": "output" }, output),
      said,
    );
    return { root, input, overlay: new Overlay(over), output, said };
  }

  fill({ root, input, overlay, output, said }, trace, tick, own, current) {
    const { head, arrays } = trace;
    repaint(input, groundAt(trace, head.composites ? tick - 1 : tick, own));
    repaint(output, part(arrays.outputs, tick - 1));
    overlay.clear();
    const window = windowAt(trace, tick, own);
    if (hides(root, "window")) overlay.clear();
    else if (head.composites) overlay.thin(window, head.lattice, LATTICE_COLOURS.network, 2);
    else overlay.window(window, head.lattice, LATTICE_COLOURS.network);
    const { label, sentence, correct } = head.predictions[tick - 1];
    said.textContent = label;
    said.classList.toggle("wrong", !correct);
    const words = hides(root, "answer") ? `Step ${tick}` : sentence;
    root.setAttribute("aria-label", words);
    root.title = words;
    root.setAttribute("aria-pressed", String(current));
  }

  fillTable({ head }, tick, own) {
    const { ticks, moved } = head;
    const poses = own ? head.own_poses : head.poses;
    const most = Math.max(...moved.filter(Number.isFinite), 1e-6);
    const columns = Array.from({ length: ticks }, (_, k) => k);
    const cell = (k, ...inside) => make("td", { class: k + 1 === tick ? "now" : "" }, ...inside);
    const rows = READINGS.map(({ title, hint, read }) =>
      make("tr", {}, make("th", { title: hint }, title), ...columns.map((k) => cell(k, poses[k] ? read(poses[k]) : "no number"))),
    );
    const bars = columns.map((k) => {
      const share = Number.isFinite(moved[k]) ? moved[k] / most : 0;
      const bar = make("span", { class: "bar", style: `--share: ${share}` });
      return cell(k, bar, Number.isFinite(moved[k]) ? figure(moved[k], 2) : "no number");
    });
    const hint = "How far the window's points went on average since the step before, in half images";
    rows.push(make("tr", {}, make("th", { title: hint }, "Moved"), ...bars));
    const heads = columns.map((k) => make("th", { class: k + 1 === tick ? "now" : "" }, `step ${k + 1}`));
    this.table.replaceChildren(make("thead", {}, make("tr", {}, make("th"), ...heads)), make("tbody", {}, ...rows));
  }
}
