// The fifth step: how the loss reaches theta. Equations 6 and 7 at one pixel, the arrows over the grid
// and their sum in theta, and the loss around it.

import { strokePoints } from "../debug/figures/warp.js";
import { make } from "../stage/dom.js";
import { LossField } from "./loss_field.js";
import { Pictures, squareLayer, tapColour } from "./pictures.js";
import { rowOf, short, small, thetaNames } from "./words.js";

const ARROWS = 15; // along each side
const MOST_NUMBERS = 8; // of theta that are listed
const ARROW = "#4fb892";

export class GradientsPanel {
  constructor(host) {
    this.host = host;
    this.pictures = new Pictures((x, y) => host.look(x, y));
    this.slopes = make("table", { class: "taps", "data-testid": "slopes" });
    this.edge = make("p", { class: "words" });
    this.sum = make("table", { class: "taps", "data-testid": "theta-gradient" });
    this.field = new LossField(host);
    this.root = make(
      "section",
      { class: "gradients", "aria-label": "Gradients" },
      make("div", { class: "pair" }, this.pictures.output.root, this.pictures.input.root),
      make("div", { class: "column" }, this.slopes, this.edge, this.sum),
      this.field.root,
    );
  }

  forget() {
    this.field.forget();
  }

  accept(answer, asked) {
    this.field.accept(answer, asked);
  }

  goOn() {
    if (this.host.state.step === "gradients") this.field.goOn();
  }

  leave() {
    this.field.stop();
  }

  show(opened, state) {
    if (!opened.arrays.grid_gradient) {
      this.edge.textContent = opened.head.still
        ? "No gradient was recorded: call backward() inside the block of stnviz.capture, or after it."
        : "This network has no loss of one image alone, so there is no gradient to show.";
      this.field.root.hidden = true;
      return;
    }
    this.field.root.hidden = opened.head.still ?? false;
    const taps = opened.taps(state.x, state.y);
    const marks = taps.map(({ column, row }, k) => squareLayer(column, row, tapColour(k, taps.length)));
    this.pictures.show(opened, state, { marks, layers: () => [this.arrows(opened)] });
    this.fillSlopes(opened, state);
    this.fillSum(opened);
    if (!opened.head.still) this.field.show(opened, state);
  }

  /** Where the loss would have each sample moved: against its gradient. */
  arrows(opened) {
    const { data } = opened.arrays.grid_gradient;
    const every = Math.max(1, Math.round(Math.max(opened.columns, opened.rows) / ARROWS));
    let most = 0;
    for (let k = 0; k < data.length; k += 2) most = Math.max(most, Math.hypot(data[k], data[k + 1]));
    return (pen) => {
      if (!most) return;
      const reach = (1.4 * every * Math.max(opened.width, opened.height)) / Math.max(opened.columns, opened.rows) / most;
      for (let y = 0; y < opened.rows; y += every) {
        for (let x = 0; x < opened.columns; x += every) {
          const k = 2 * (y * opened.columns + x);
          if (Math.hypot(data[k], data[k + 1]) < 0.02 * most) continue;
          const [u, v] = opened.read(x, y);
          arrowFrom(pen, [u, v], [u - reach * data[k], v - reach * data[k + 1]]);
        }
      }
    };
  }

  /** Equation 7 at the output pixel that is looked at, and what the loss makes of it. */
  fillSlopes(opened, { x, y }) {
    const { arrays } = opened;
    const [across, down] = [opened.value(x, y, "across"), opened.value(x, y, "down")];
    const k = y * opened.columns + x;
    const size = opened.rows * opened.columns;
    const wants = across.map((_, c) => arrays.output_gradient?.data[c * size + k]);
    const words = (values) => [...values].map((one) => small(one)).join(", ");
    this.slopes.replaceChildren(
      make("caption", {}, `Output pixel (${x}, ${y}), if its place moves`),
      make("thead", {}, rowOf("th", ["", "right", "down"])),
      make(
        "tbody",
        {},
        rowOf("td", ["V, for each pixel (eq. 7)", words(across), words(down)]),
        rowOf("td", ["loss, for each half picture", small(arrays.grid_gradient.data[2 * k]), small(arrays.grid_gradient.data[2 * k + 1])]),
        ...(arrays.output_gradient ? [rowOf("td", ["loss, for each unit of V", words(wants), ""])] : []),
      ),
    );
    Object.assign(this.root.dataset, { across: across.join(" "), down: down.join(" ") });
    const whole = opened.read(x, y).some((one) => Math.abs(one - Math.round(one)) < 1e-4);
    this.edge.textContent = opened.taps(x, y).every(({ inside }) => !inside)
      ? "It is read outside the input: nothing changes there, and no gradient comes back."
      : whole && opened.sampler.kernel === "bilinear"
        ? "It lies exactly on a pixel, where V has a corner: the slope to the left is another one. The sampler takes the one to the right."
        : "Arrows: where each sample would go to make the loss smaller. The derivative to each source pixel is its weight (eq. 6).";
  }

  fillSum({ head, arrays }) {
    const names = thetaNames(head);
    this.sum.hidden = !arrays.theta_gradient;
    if (this.sum.hidden) return;
    const rows = [...arrays.theta_gradient.data].slice(0, MOST_NUMBERS);
    this.sum.replaceChildren(
      make("caption", {}, "All arrows together, in theta"),
      make("thead", {}, rowOf("th", ["", "\u03b8", "dLoss / d\u03b8"])),
      make("tbody", {}, ...rows.map((value, k) => rowOf("td", [names[k], short(arrays.theta.data[k]), small(value)]))),
    );
  }
}

function arrowFrom(pen, from, to) {
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  const size = (4 * pen.unit) / pen.size;
  const wings = [2.6, -2.6].map((turn) => [to[0] + size * Math.cos(angle + turn), to[1] + size * Math.sin(angle + turn)]);
  strokePoints(pen, [from, to], { colour: ARROW, width: 1.5 });
  strokePoints(pen, [wings[0], to, wings[1]], { colour: ARROW, width: 1.5 });
}
