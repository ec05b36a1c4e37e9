// The fifth step: how the loss reaches theta. Equations 6 and 7 at one pixel, the arrows over the
// grid and their sum in theta, and the landscape of the loss, down which a ball rolls.

import { Figure } from "../debug/figures/figure.js";
import { imageLayer } from "../debug/figures/raster.js";
import { strokePoints } from "../debug/figures/warp.js";
import { button, make } from "../stage/dom.js";
import { Landscape } from "./landscape.js";
import { Pictures, squareLayer, tapColour } from "./pictures.js";
import { short, thetaNames } from "./words.js";

const STEPS = 40; // of a ball that is let go
const ARROWS = 15; // along each side
const FIRST_AXES = { translation: [0, 1], attention: [1, 2], similarity: [0, 2], affine: [2, 5], projective: [2, 5] };
const STILL = 1e-7; // a slope below this is none

export class GradientsPanel {
  constructor(host) {
    this.host = host;
    this.pictures = new Pictures((x, y) => host.look(x, y));
    this.where = make("p", { class: "readout", "data-testid": "slopes" });
    this.edge = make("p", { class: "words" });
    this.sum = make("table", { class: "taps", "data-testid": "theta-gradient" });
    this.field = new Figure("The loss over two numbers of theta", "Dark is small. Click to put the ball there.", {
      onprobe: (place) => this.probe(place),
      onpick: (place) => this.put(place),
      keys: ([right, down]) => this.nudge(right, down),
    });
    this.field.canvas.tabIndex = 0;
    this.axes = [0, 1].map((k) => make("select", { "aria-label": k ? "Down" : "Across", onchange: ({ target }) => this.chooseAxis(k, Number(target.value)) }));
    this.roll = button("Roll", () => this.letGo(), { title: "Take gradient steps from here" });
    this.home = button("Home", () => this.goHome(), { title: "Back to the network's own theta" });
    this.said = make("p", { class: "words", role: "status", "data-testid": "ball" });
    this.progress = make("progress", { max: 1, "aria-label": "The landscape, computed so far" });
    this.root = make(
      "section",
      { class: "gradients", "aria-label": "Gradients" },
      make("div", { class: "pair" }, this.pictures.output.root, this.pictures.input.root),
      make("div", { class: "column" }, this.where, this.edge, this.sum),
      make(
        "div",
        { class: "column" },
        this.field.root,
        make("div", { class: "line" }, make("span", { class: "caption" }, "across"), this.axes[0], make("span", { class: "caption" }, "down"), this.axes[1]),
        make("div", { class: "line buttons" }, this.roll, this.home, this.progress),
        this.said,
      ),
    );
  }

  // The landscape and its ball.

  /** Another image or network: what was computed means nothing any more. */
  forget() {
    this.landscape = null;
    this.path = [];
    this.rolling = 0;
  }

  chooseAxis(k, axis) {
    const axes = [...this.host.state.axes];
    axes[k] = axis;
    if (axes[0] === axes[1]) axes[1 - k] = this.host.state.axes[k];
    this.forget();
    this.host.edit({ axes }, true);
  }

  /** Takes rows of the landscape. */
  accept(answer, asked) {
    if (!this.landscape || JSON.stringify(asked.landscape.axes) !== JSON.stringify(this.landscape.axes)) return;
    this.landscape.add(answer);
    this.ground = null;
    this.host.schedule();
  }

  /** Asks for what is missing, when nothing else is being asked. */
  goOn() {
    if (this.host.state.step !== "gradients" || !this.opened) return;
    if (this.rolling) return this.step();
    const rows = this.landscape?.next();
    // The landscape goes through the network's own theta in all other numbers.
    if (rows) this.host.connection.ask({ ...this.host.state, theta: [...this.opened.arrays.own.data], landscape: rows });
  }

  probe(place) {
    if (!place || !this.landscape) return;
    const loss = this.landscape.lossAt(place.map((one) => Math.min(Math.max(one, 0), 1)));
    const names = thetaNames(this.opened.head);
    const theta = this.landscape.thetaAt(place);
    this.field.caption.textContent = `${this.landscape.axes.map((k, j) => `${names[k]} ${short(theta[j], 2)}`).join(", ")}: loss ${short(loss, 2)}`;
  }

  put(place) {
    if (!this.landscape) return;
    const two = this.landscape.thetaAt(place.map((one) => Math.min(Math.max(one, 0), 1)));
    this.rolling = 0;
    this.path = [];
    this.moveTo(two);
  }

  nudge(right, down) {
    const { arrays } = this.opened;
    const [i, j] = this.host.state.axes;
    this.rolling = 0;
    this.path = [];
    const { low, high } = this.landscape;
    this.moveTo([arrays.theta.data[i] + (right * (high[0] - low[0])) / 40, arrays.theta.data[j] + (down * (high[1] - low[1])) / 40]);
  }

  moveTo([a, b]) {
    const theta = [...this.opened.arrays.own.data];
    const [i, j] = this.host.state.axes;
    [theta[i], theta[j]] = [a, b];
    this.host.edit({ theta }, !this.rolling);
  }

  goHome() {
    this.rolling = 0;
    this.path = [];
    this.host.edit({ theta: null }, true);
  }

  letGo() {
    if (this.rolling) {
      this.rolling = 0;
      this.host.schedule();
      return;
    }
    this.rolling = STEPS;
    this.path = [];
    this.step();
  }

  /** One step down the slope of the two numbers, of a length that shrinks as it comes to rest. */
  step() {
    const { arrays, head } = this.opened;
    const [i, j] = this.host.state.axes;
    const slope = [i, j].map((k) => arrays.theta_gradient.data[k]);
    const span = [0, 1].map((k) => this.landscape.high[k] - this.landscape.low[k]);
    const steep = Math.hypot(slope[0] * span[0], slope[1] * span[1]);
    const now = [arrays.theta.data[i], arrays.theta.data[j]];
    this.path.push(now);
    this.rolling--;
    if (!Number.isFinite(steep) || steep < STILL || !this.rolling) {
      this.flat = !(steep >= STILL);
      this.rolling = 0;
      this.host.schedule();
      this.host.tell();
      return;
    }
    const length = Math.min(0.05, 0.05 * steep) * (this.rolling / STEPS);
    this.last = head.loss;
    this.moveTo(now.map((one, k) => one - (length * span[k] * slope[k] * span[k]) / steep));
  }

  // The pictures and words.

  show(opened, state) {
    this.opened = opened;
    const { head, arrays } = opened;
    if (!arrays.grid_gradient) {
      this.where.textContent = "This network has no loss of one image alone, so there is no gradient to show.";
      return;
    }
    if (!state.axes || state.axes.some((k) => k >= head.parameters.length)) state.axes = [...(FIRST_AXES[head.transform] ?? [0, 1])];
    this.fillAxes(head, state.axes);
    if (!this.landscape) {
      this.landscape = new Landscape(state.axes, [...arrays.own.data], head.parameters);
      this.ground = null;
      if (!this.host.connection?.busy) this.goOn();
    }
    const taps = opened.taps(state.x, state.y);
    const marks = taps.map(({ column, row }, k) => squareLayer(column, row, tapColour(k, taps.length)));
    this.pictures.show(opened, state, { marks, layers: [this.arrows(opened)] });
    this.say(opened, state);
    this.fillSum(head, arrays);
    this.drawField(head, arrays);
  }

  fillAxes(head, axes) {
    const names = thetaNames(head);
    this.axes.forEach((select, k) => {
      if (select.options.length !== names.length) select.replaceChildren(...names.map((name, value) => make("option", { value }, name)));
      select.value = axes[k];
    });
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
          const [u, v] = opened.read(x, y);
          const to = [u - reach * data[k], v - reach * data[k + 1]];
          if (Math.hypot(data[k], data[k + 1]) < 0.02 * most) continue;
          strokePoints(pen, [[u, v], to], { colour: "#4fb892", width: 1.5 });
          headOf(pen, [u, v], to);
        }
      }
    };
  }

  say(opened, { x, y }) {
    const { arrays } = opened;
    const place = opened.read(x, y);
    const [across, down] = [opened.value(x, y, "across"), opened.value(x, y, "down")];
    const k = y * opened.columns + x;
    const wants = Array.from(across, (_, c) => arrays.output_gradient.data[c * opened.rows * opened.columns + k]);
    const grid = [arrays.grid_gradient.data[2 * k], arrays.grid_gradient.data[2 * k + 1]];
    this.where.textContent =
      `At output pixel (${x}, ${y}): moving its place one pixel right changes V by ${list(across)}, one down by ${list(down)} (eq. 7). ` +
      `The loss changes by ${wants.map((one) => short(one, 4)).join(", ")} for each unit of V, so by ${short(grid[0], 4)} for each half picture right and ${short(grid[1], 4)} down. ` +
      `The derivative to each source pixel is its weight (eq. 6).`;
    const whole = place.some((one) => Math.abs(one - Math.round(one)) < 1e-4);
    this.edge.textContent = opened.isOutside(x, y)
      ? "It is read outside the input, where all is 0: nothing changes, and no gradient comes back from here."
      : whole && opened.sampler.kernel === "bilinear"
        ? "It lies exactly on a pixel, where V has a corner: the slope to the left differs from that to the right. The sampler takes the one to the right."
        : "The arrows show where each sample would go to make the loss smaller.";
    this.root.dataset.across = across.join(" ");
    this.root.dataset.down = down.join(" ");
  }

  fillSum(head, arrays) {
    const names = thetaNames(head);
    const rows = Array.from(arrays.theta_gradient.data, (value, k) =>
      make("tr", {}, make("td", {}, names[k]), make("td", {}, short(arrays.theta.data[k])), make("td", {}, short(value, 4))),
    );
    this.sum.replaceChildren(
      make("caption", {}, "All arrows together, in theta"),
      make("thead", {}, make("tr", {}, make("th", {}, "\u03b8"), make("th", {}, "value"), make("th", {}, "dLoss / d\u03b8"))),
      make("tbody", {}, ...rows.slice(0, 8)),
    );
  }

  drawField(head, arrays) {
    const { landscape } = this;
    this.ground ??= landscape.raster();
    const names = thetaNames(head);
    const [i, j] = landscape.axes;
    const at = (two) => landscape.placeOf(two);
    this.field.show({
      view: [0, 0, 1, 1], layers: [imageLayer(this.ground, [0, 0, 1, 1])], caption: this.field.caption.textContent,
      label: `The loss over ${names[i]} (across) and ${names[j]} (down), from ${short(landscape.range[0], 2)} to ${short(landscape.range[1], 2)}`,
    });
    const ball = at([arrays.theta.data[i], arrays.theta.data[j]]);
    const own = at([arrays.own.data[i], arrays.own.data[j]]);
    this.field.mark((pen) => {
      strokePoints(pen, [...this.path, [arrays.theta.data[i], arrays.theta.data[j]]].map(at).map(([u, v]) => [u - 0.5, v - 0.5]), { colour: "#f2994a", width: 2, halo: true });
      dotAt(pen, own, "#58a6e0", 5);
      dotAt(pen, ball, "#f2994a", 7);
    });
    this.progress.value = landscape.progress;
    this.progress.hidden = landscape.progress >= 1;
    this.roll.textContent = this.rolling ? "Stop" : "Roll";
    const slope = Math.hypot(arrays.theta_gradient.data[i], arrays.theta_gradient.data[j]);
    this.said.textContent = this.rolling
      ? `Rolling: loss ${short(head.loss, 3)}.`
      : slope < STILL
        ? "Here the loss is flat: the window lies outside the picture, there is no slope, and the ball will not move. A transformer that comes here is dead."
        : head.edited
          ? `The ball lies at loss ${short(head.loss, 3)}. Roll it, or click elsewhere.`
          : `The ball lies at the network\u2019s own theta, loss ${short(head.loss, 3)}. Click to put it elsewhere, then roll it.`;
  }

  leave() {
    this.rolling = 0;
  }
}

const list = (values) => values.map((one) => short(one, 4)).join(", ");

function headOf(pen, [u, v], to) {
  const angle = Math.atan2(to[1] - v, to[0] - u);
  const size = (4 * pen.unit) / pen.size;
  const wings = [2.6, -2.6].map((turn) => [to[0] + size * Math.cos(angle + turn), to[1] + size * Math.sin(angle + turn)]);
  strokePoints(pen, [wings[0], to, wings[1]], { colour: "#4fb892", width: 1.5 });
}

function dotAt(pen, [x, y], colour, radius) {
  const { context, unit } = pen;
  const [left, top] = pen.at(x, y);
  context.beginPath();
  context.arc(left, top, radius * unit, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  context.lineWidth = 2 * unit;
  context.strokeStyle = "rgba(10, 12, 16, 0.8)";
  context.stroke();
}
