// The loss over two numbers of theta as a landscape, and a ball in it that takes gradient steps.

import { Figure } from "../debug/figures/figure.js";
import { imageLayer } from "../debug/figures/raster.js";
import { strokePoints } from "../debug/figures/warp.js";
import { button, make } from "../stage/dom.js";
import { Landscape } from "./landscape.js";
import { short, small, thetaNames } from "./words.js";

const ROLLS = 40; // steps of a ball that is let go
const LONGEST = 0.05; // of a step, as a share of the landscape
const NUDGES = 40; // presses of an arrow key from one side to the other
const STILL = 1e-7; // a slope below this is none
const FIRST_AXES = { translation: [0, 1], attention: [1, 2], similarity: [2, 3], affine: [2, 5], projective: [2, 5] };

export class LossField {
  constructor(host) {
    this.host = host;
    this.forget();
    this.figure = new Figure("The loss over two numbers of theta", "Dark is small. Click to put the ball there.", {
      onprobe: (place) => this.probe(place),
      onpick: (place) => this.put(this.landscape?.thetaAt(place.map(bounded))),
      keys: ([right, down]) => this.nudge([right, down]),
    });
    this.axes = [0, 1].map((k) => make("select", { "aria-label": k ? "Down" : "Across", onchange: ({ target }) => this.chooseAxis(k, Number(target.value)) }));
    this.roll = button("Roll", () => this.letGo(), { title: "Take gradient steps from here" });
    this.home = button("Home", () => this.goHome(), { title: "Back to the network's own theta" });
    this.said = make("p", { class: "words", role: "status", "data-testid": "ball" });
    this.progress = make("progress", { max: 1, "aria-label": "The landscape, computed so far" });
    this.root = make(
      "div",
      { class: "column" },
      this.figure.root,
      make("div", { class: "line" }, make("span", { class: "caption" }, "across"), this.axes[0], make("span", { class: "caption" }, "down"), this.axes[1]),
      make("div", { class: "line buttons" }, this.roll, this.home, this.progress),
      this.said,
    );
  }

  /** Another image or network: what was computed means nothing any more. */
  forget() {
    this.landscape = null;
    this.ground = null;
    this.stop();
  }

  stop() {
    this.path = [];
    this.rolling = 0;
  }

  chooseAxis(k, axis) {
    const axes = [...this.host.state.axes];
    if (axes[1 - k] === axis) axes[1 - k] = axes[k];
    axes[k] = axis;
    this.forget();
    this.host.edit({ axes }, true);
  }

  /** Takes rows of the landscape. */
  accept(answer, asked) {
    if (!this.landscape || asked.landscape.axes.join() !== this.landscape.axes.join()) return;
    this.landscape.add(answer);
    this.ground = null;
    this.host.schedule();
  }

  /** Asks for what is missing, when nothing else is being asked. */
  goOn() {
    if (!this.opened) return;
    if (this.rolling) {
      this.step();
      return;
    }
    const rows = this.landscape?.next();
    // In all other numbers the landscape goes through the network's own theta.
    if (rows) this.host.connection?.ask({ ...this.host.state, theta: [...this.opened.arrays.own.data], landscape: rows, unhurried: true });
  }

  probe(place) {
    if (!place || !this.landscape) return;
    const names = thetaNames(this.opened.head);
    const theta = this.landscape.thetaAt(place.map(bounded));
    const said = this.landscape.axes.map((k, j) => `${names[k]} ${short(theta[j], 2)}`).join(", ");
    this.figure.caption.textContent = `${said}: loss ${small(this.landscape.lossAt(place.map(bounded)))}`;
  }

  /** The two numbers of theta as they are. */
  get now() {
    return this.host.state.axes.map((k) => this.opened.arrays.theta.data[k]);
  }

  put(two) {
    if (!two) return;
    this.stop();
    this.moveTo(two);
  }

  nudge(way) {
    if (!this.landscape) return;
    const { low, high } = this.landscape;
    this.put(this.now.map((one, k) => one + (way[k] * (high[k] - low[k])) / NUDGES));
  }

  moveTo(two) {
    const theta = [...this.opened.arrays.own.data];
    this.host.state.axes.forEach((k, j) => (theta[k] = two[j]));
    this.host.edit({ theta }, !this.rolling);
  }

  goHome() {
    this.stop();
    this.host.edit({ theta: null }, true);
  }

  letGo() {
    if (!this.landscape) return;
    const rolls = !this.rolling;
    this.stop();
    if (rolls) {
      this.rolling = ROLLS;
      this.step();
    } else this.host.schedule();
  }

  /** One step down the slope of the two numbers, of a length that shrinks as the ball comes to rest. */
  step() {
    const slope = this.host.state.axes.map((k) => this.opened.arrays.theta_gradient.data[k]);
    const span = [0, 1].map((k) => this.landscape.high[k] - this.landscape.low[k]);
    const downhill = slope.map((one, k) => one * span[k]);
    const steep = Math.hypot(...downhill);
    this.path.push(this.now);
    this.rolling--;
    if (!(steep >= STILL) || !this.rolling) {
      this.rolling = 0;
      this.host.schedule();
      this.host.tell();
      return;
    }
    const length = (Math.min(LONGEST, LONGEST * steep) * this.rolling) / ROLLS;
    this.moveTo(this.now.map((one, k) => one - (length * span[k] * downhill[k]) / steep));
  }

  show(opened, state) {
    this.opened = opened;
    const { head, arrays } = opened;
    if (!state.axes || state.axes.some((k) => k >= head.parameters.length)) state.axes = [...(FIRST_AXES[head.transform] ?? [0, 1])];
    this.fillAxes(head, state.axes);
    if (!this.landscape) {
      this.landscape = new Landscape(state.axes, [...arrays.own.data], head.parameters);
      if (!this.host.connection?.busy) this.goOn();
    }
    this.ground ??= this.landscape.raster();
    const names = state.axes.map((k) => thetaNames(head)[k]);
    const [low, high] = this.landscape.range.map(small);
    this.figure.show({
      view: [0, 0, 1, 1], layers: [imageLayer(this.ground, [0, 0, 1, 1])], caption: this.figure.caption.textContent,
      label: `The loss over ${names[0]} (across) and ${names[1]} (down), from ${low} to ${high}`,
    });
    const at = (two) => this.landscape.placeOf(two);
    this.figure.mark((pen) => {
      const way = [...this.path, this.now].map(at).map(([u, v]) => [u - 0.5, v - 0.5]);
      strokePoints(pen, way, { colour: "#f2994a", width: 2, halo: true });
      dotAt(pen, at(state.axes.map((k) => arrays.own.data[k])), "#58a6e0", 5);
      dotAt(pen, at(this.now), "#f2994a", 7);
    });
    this.progress.value = this.landscape.progress;
    this.progress.hidden = this.landscape.progress >= 1;
    this.roll.textContent = this.rolling ? "Stop" : "Roll";
    this.say(head, state.axes.map((k) => arrays.theta_gradient.data[k]));
  }

  fillAxes(head, axes) {
    const names = thetaNames(head);
    this.axes.forEach((select, k) => {
      if (select.options.length !== names.length) select.replaceChildren(...names.map((name, value) => make("option", { value }, name)));
      select.value = axes[k];
    });
  }

  say(head, slope) {
    if (this.rolling) this.said.textContent = `Rolling: loss ${small(head.loss)}.`;
    else if (Math.hypot(...slope) < STILL) this.said.textContent = this.opened.isAllOutside() ? DEAD : "The loss is flat here: the ball has come to rest.";
    else if (head.edited) this.said.textContent = `The ball lies at loss ${small(head.loss)}. Roll it, or click elsewhere.`;
    else this.said.textContent = `The ball lies at the network\u2019s own theta, loss ${small(head.loss)}. Click to put it elsewhere, then roll it.`;
  }
}

const DEAD =
  "Here the loss is flat: the window lies outside the picture, no gradient comes back, and the ball will not move. A transformer that comes here is dead.";

const bounded = (share) => Math.min(Math.max(share, 0), 1);

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
