// The row of one compared model: its input with the window, its output and its prediction.

import { hides, make } from "./dom.js";
import { LATTICE_COLOURS } from "./theme.js";
import { Overlay, paint } from "./picture.js";
import { showAnswer, showRemainder, showTheta } from "./reading.js";

const WORDS = { turn: "turn", size: "size", shear: "shear", shift: "shift", bend: "bend" };

/** The row of `model` ({ name, title, transformer }); `update` fills it from an answer. */
export class Row {
  constructor(model) {
    this.model = model;
    this.title = model.title;
    this.input = make("canvas", { class: "pixels", role: "img" });
    this.overlayCanvas = make("canvas", { class: "overlay", "aria-hidden": "true" });
    this.overlay = new Overlay(this.overlayCanvas);
    this.view = make("div", { class: "view", "data-testid": "input" }, this.input, this.overlayCanvas);
    this.output = make("canvas", { class: "pixels", role: "img" });
    this.root = make(
      "section",
      { class: "row", "aria-label": model.title },
      make("h3", {}, model.title, make("small", {}, ` trained on \u201c${model.trained}\u201d`)),
      make("figure", {}, this.view, make("figcaption", {}, "input")),
      this.outputFigure(),
      this.reading(),
    );
  }

  outputFigure() {
    if (this.model.transformer) {
      return make(
        "figure",
        { class: "out", "data-part": "output" },
        make("div", { class: "view plain", "data-testid": "output" }, this.output),
        make("figcaption", { title: "What the network reads in its window" }, "output"),
      );
    }
    const words = "No transformer: it has to read the picture as it is.";
    return make("figure", { class: "out none", "data-part": "output" }, make("p", {}, words));
  }

  reading() {
    this.digit = make("b", {}, "\u2013");
    this.share = make("span", { class: "share" }, "");
    this.prediction = make(
      "div",
      { class: "prediction", role: "img", "data-testid": "prediction" },
      this.digit,
      this.share,
    );
    this.bars = Array.from({ length: 10 }, (_, k) => {
      const fill = make("i", {});
      return { fill, root: make("span", { class: "bar" }, make("span", {}, fill), `${k}`) };
    });
    const bars = make("div", { class: "bars", "aria-hidden": "true" });
    bars.append(...this.bars.map((bar) => bar.root));
    this.outside = make("p", { class: "outside", role: "status" });
    const answer = make("div", { class: "answer", "data-part": "answer" }, this.prediction, bars);
    if (!this.model.transformer) return make("div", { class: "reading" }, answer, this.outside);

    this.matrix = make("div", { class: "matrix" });
    this.words = {};
    const words = make("dl", {});
    for (const [name, label] of Object.entries(WORDS)) {
      const text = make("dd", {});
      const root = make("div", { hidden: true }, make("dt", {}, label), text);
      this.words[name] = { root, text };
      words.append(root);
    }
    const theta = make(
      "div",
      { class: "theta", "data-testid": "theta", "data-part": "theta" },
      make("span", { class: "caption network" }, "\u03b8, the network\u2019s window"),
      this.matrix,
      words,
    );
    return make("div", { class: "reading" }, answer, theta, this.cancelling(), this.outside);
  }

  cancelling() {
    const shape = make("polygon", { class: "network-line" });
    const frame = make("rect", { x: -1, y: -1, width: 2, height: 2, class: "yours-line" });
    const text = make("span", { class: "figures" });
    this.leftover = { shape, text };
    const explain =
      "Your distortion and the network's window, one after the other, on the clean picture. Where they cancel, the blue shape is an upright square.";
    return make(
      "div",
      { class: "cancel", "data-part": "leftover", title: explain },
      make("svg", { viewBox: "-1.6 -1.6 3.2 3.2", role: "img", "aria-label": explain }, frame, shape),
      make(
        "div",
        {},
        make("span", { class: "caption" }, "Do they cancel?"),
        make("div", {}, "left over ", text),
      ),
    );
  }

  /** Shows row `index` of an answer. */
  update({ head, arrays }, index) {
    const said = head.rows[index];
    const probabilities = [...arrays[`${index}.probabilities`].data];
    showAnswer(this, probabilities);
    if (arrays.input) paint(this.input, arrays.input);
    const best = probabilities.indexOf(Math.max(...probabilities));
    this.input.setAttribute("aria-label", `Input of ${this.title}: the distorted digit`);
    this.lattice = arrays[`${index}.lattice`]?.data;
    this.yours = arrays.yours?.data;
    this.n = head.lattice;
    const warning = sentence(said.outside);
    if (this.outside.textContent !== warning) this.outside.textContent = warning; // announced only once
    const output = arrays[`${index}.output`];
    if (output) {
      paint(this.output, output);
      const says = hides(this.root, "answer") ? "" : `: it reads a ${best} here`;
      this.output.setAttribute("aria-label", `Output of ${this.title}${says}`);
      showTheta(this, arrays[`${index}.theta`].data, said.transform, said.pose);
      showRemainder(this, arrays[`${index}.composed`].data, head.lattice);
    }
    this.draw();
  }

  /** Redraws the lines, after a resize or a change of theme. */
  draw() {
    this.overlay.clear();
    const { yours, network } = LATTICE_COLOURS;
    if (this.yours) this.overlay.frame(this.yours, this.n, yours);
    if (this.lattice && !hides(this.root, "window")) this.overlay.window(this.lattice, this.n, network);
  }
}

/** One sentence about values outside the training range. */
function sentence(outside) {
  if (!outside.length) return "";
  const more = outside.length > 2 ? `, and ${outside.length - 2} more` : "";
  const first = outside.slice(0, 2).join("; ") + more;
  return `${first[0].toUpperCase()}${first.slice(1)}: do not expect it to know.`;
}
