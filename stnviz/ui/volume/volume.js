// The volume component: a digit turned in space by hand, and what each network flattens out of it.
//
// The state is { digit, ink, values }: a gallery digit or a drawn one, and the three angles. The
// picture in space is drawn here and follows the hand at once; what the networks see and read comes
// from the live route. Without it, the state is reported, and the page sends the answer.

import { mounting } from "../mounting.js";
import { Choices } from "../stage/choices.js";
import { Connection } from "../stage/connection.js";
import { button, make } from "../stage/dom.js";
import { decodeStored, part } from "../stage/protocol.js";
import { Sliders } from "../stage/sliders.js";
import { adoptTheme, LATTICE_COLOURS } from "../stage/theme.js";
import { Turner } from "./hand.js";
import { Reader } from "./reader.js";
import { Space } from "./space.js";
import { angleOf, anglesOf, columnsOf, cornersOf, times, turnOf } from "./turning.js";

const LARGEST_SEED = 2 ** 31;
const OFFLINE = "Live answers are out of reach: the networks follow when you let go.";

class Volume {
  constructor(root) {
    this.root = root;
    this.controls = {};
    this.canvas = make("canvas", { class: "space", tabindex: 0, role: "img", "data-testid": "space" });
    this.space = new Space(this.canvas);
    this.turner = new Turner(this.canvas, {
      turn: (rotation) => this.change(anglesOf(times(rotation, turnOf(this.state.values)))),
      release: () => this.tell(),
    });
    this.sliders = new Sliders(this);
    this.choices = new Choices(this);
    this.readers = make("div", { class: "readers" });
    this.said = make("p", { class: "said", role: "status", "data-testid": "said", "data-part": "answer" });
    this.status = make("p", { class: "status", role: "status" });
    const buttons = make(
      "div",
      { class: "line", "data-part": "buttons" },
      button("Face me", () => this.settle({}), { title: "Put the digit upright, facing you" }),
      button("Another turn", () => this.settle(this.sample()), { title: "Turn it at random, as in training" }),
    );
    const panel = make("div", { class: "panel" }, this.sliders.root, buttons, this.choices.root);
    const hint = make("p", { class: "caption" }, "Drag to turn; along the rim, to turn it like a wheel. Arrow keys, and comma and full stop, too.");
    root.append(make("div", { class: "stand" }, this.canvas, hint), make("div", { class: "beside" }, this.said, this.readers), panel, this.status);
    new ResizeObserver(() => this.schedule()).observe(this.canvas);
  }

  receive(data, report) {
    this.report = report;
    adoptTheme(this.root);
    const { asked, ...state } = data.state;
    if (asked !== this.asked) {
      Object.assign(this, { asked, state: { ...state, values: { ...state.values } } });
      this.controls = Object.fromEntries(data.controls.map((control) => [control.name, control]));
      this.sliders.rebuild();
    }
    if (data.thumbs.sprite !== this.sprite) {
      this.sprite = data.thumbs.sprite;
      this.choices.rebuild(data.thumbs);
    }
    this.choices.update();
    const names = data.networks.map(({ name }) => name);
    if (names.join() !== this.names?.join()) this.build(data.networks);
    const stored = decodeStored(data.answer)[0];
    // What the page computed may be older than the latest live answer.
    if (!this.answer || this.root.dataset.live !== "on" || asked !== this.shown) this.take(stored);
    this.shown = asked;
    this.live ??= this.connect(data.live);
  }

  build(networks) {
    this.names = networks.map(({ name }) => name);
    this.rows = networks.map((network) => new Reader(network));
    this.readers.style.setProperty("--count", networks.length);
    this.readers.replaceChildren(...this.rows.map((row) => row.root));
    this.answer = null;
  }

  connect(path) {
    return new Connection(path, (id, state) => this.request(id, state), {
      answer: (answer, asked) => asked.names.join() === this.names.join() && this.take(answer),
      error: (sentence) => this.say(sentence.replace(/^[\w.]+: /, "")),
      open: (open) => {
        this.root.dataset.live = open ? "on" : "off";
        this.say(open ? "" : OFFLINE);
      },
    });
  }

  request(id, { digit, ink, values, names }) {
    return { version: 1, id, volumes: names, source: ink ? { ink } : { digit }, values };
  }

  take(answer) {
    this.answer = answer;
    this.schedule();
  }

  /** Takes new angles from the hand or a slider. */
  change(values) {
    Object.assign(this.state.values, values);
    this.ask();
  }

  /** Takes a whole new pose, and reports it. */
  settle(values) {
    this.state.values = values;
    this.ask();
    this.tell();
  }

  /** Takes another digit; `settled` is false while it is still being drawn. */
  choose(picture, settled = true) {
    Object.assign(this.state, picture);
    this.choices.update();
    this.ask();
    if (settled) this.tell();
  }

  sample() {
    const draw = ([low, high]) => low + Math.random() * (high - low);
    return Object.fromEntries(Object.values(this.controls).map(({ name, trained }) => [name, draw(trained)]));
  }

  shuffle() {
    this.report.trigger("shuffle", Math.floor(Math.random() * LARGEST_SEED));
  }

  ask() {
    this.live?.ask({ ...this.state, values: { ...this.state.values }, names: this.names });
    this.schedule();
  }

  release() {
    this.tell();
  }

  schedule() {
    this.frame ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = null;
    if (!this.answer) return;
    this.sliders.update();
    const { head, arrays } = this.answer;
    const rotation = turnOf(this.state.values);
    const own = this.names.findIndex((_, k) => arrays[`${k}.theta`]);
    const theta = own < 0 ? null : arrays[`${own}.theta`].data;
    this.space.draw({
      digit: arrays.digit.data,
      rotation,
      walls: [0, 1, 2].map((k) => part(arrays.walls, k)),
      window: theta && cornersOf(theta),
      colours: { room: "#6b6f76", network: LATTICE_COLOURS.network },
    });
    this.rows.forEach((row, k) => row.update(this.answer, k));
    this.describe(head, rotation, own);
    this.root.dataset.ready = "true";
    this.root.dataset.busy = String(Boolean(this.live?.busy));
  }

  describe({ rows, outside }, rotation, own) {
    const degrees = (angle) => `${Math.round((angle * 180) / Math.PI)}\u00b0`;
    const turned = `Turned by ${degrees(angleOf(rotation))}.`;
    const pose = own < 0 ? null : rows[own].pose;
    const left = pose && angleOf(times(columnsOf(rotation), turnOf(pose)));
    const words = pose ? [turned, `The network\u2019s box leaves ${degrees(left)} of it.`] : [turned];
    if (outside.length) words.push(`${outside.join("; ")}.`);
    this.said.textContent = words.join(" ");
    this.said.classList.toggle("outside", outside.length > 0);
    this.canvas.setAttribute("aria-label", `The digit in space. ${words.join(" ")}`);
  }

  /** Reports the state with the link's number: after Back, an equal state then counts as a change. */
  tell() {
    const { digit, ink, values } = this.state;
    this.report.state("state", { digit, ink, values: { ...values }, asked: this.asked });
  }

  say(sentence) {
    this.status.textContent = sentence;
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.live?.close();
  }
}

export default mounting("volume", Volume);
