// The inside of one spatial transformer: Input, Localise, Grid, Sample, Gradients, Classify.
//
// The state is { network, lane, tick, distortion, digit, ink, values, seed, picture, theta, sampler,
// label, step, x, y, axes, also }. `theta` and `sampler` are null where the network's own are used;
// (x, y) is the output pixel that is looked at; `also` names what is shown besides. Hovering is answered
// here; everything else by the live route, or by graphs in this page where the data have them.

import { mounting } from "../mounting.js";
import { Digits } from "../answerer/digits.js";
import { InsideAnswers } from "../answerer/inside.js";
import { Answers, LOADING } from "../stage/answers.js";
import { LANES } from "../attention/lanes.js";
import { button, make } from "../stage/dom.js";
import { decodeStored } from "../stage/protocol.js";
import { adoptTheme } from "../stage/theme.js";
import { ClassifyPanel } from "./classify_panel.js";
import { GradientsPanel } from "./gradients_panel.js";
import { GridPanel } from "./grid_panel.js";
import { InputPanel } from "./input_panel.js";
import { LocalisePanel } from "./localise_panel.js";
import { Path } from "./path.js";
import { insideRequest, sameSubject } from "./request.js";
import { SamplePanel } from "./sample_panel.js";
import { Opened } from "./opened.js";

const PANELS = {
  input: InputPanel,
  localise: LocalisePanel,
  grid: GridPanel,
  sample: SamplePanel,
  gradients: GradientsPanel,
  classify: ClassifyPanel,
};

class Inside {
  constructor(root) {
    this.root = root;
    this.extras = new Map();
    this.path = new Path((step) => this.open(step));
    this.panels = Object.fromEntries(Object.entries(PANELS).map(([name, Panel]) => [name, new Panel(this)]));
    this.which = make("div", { class: "line buttons which", role: "group", "aria-label": "Transformer" });
    this.place = make("div", { class: "panel" });
    this.status = make("p", { class: "status", role: "status" });
    this.note = ""; // on who answers
    root.append(this.path.root, this.which, this.place, this.status);
    root.dataset.live = "off";
    this.path.root.addEventListener("keydown", (event) => this.path.key(event));
  }

  receive(data, report) {
    this.report = report;
    adoptTheme(this.root);
    if (data.state.asked !== this.asked || data.state.network !== this.state?.network) {
      const { asked, ...state } = data.state;
      Object.assign(this, { asked, state });
      this.controls = Object.fromEntries((data.controls ?? []).map((control) => [control.name, control]));
      this.classes = data.classes;
      this.panels.input.rebuild();
      if (data.answer) this.take(decodeStored(data.answer)[0], state);
      this.open(state.step, false);
    } else if (data.answer && data.revision !== this.revision && (data.still || !this.connection?.open)) {
      this.take(decodeStored(data.answer)[0], this.state);
    }
    if (data.thumbs) this.panels.input.offer(data.thumbs);
    if (data.answers) this.adopt(data);
    this.revision = data.revision;
    this.still = Boolean(data.still);
    if (this.connection && Boolean(data.answers) !== this.canAnswer) this.disconnect();
    this.canAnswer = Boolean(data.answers);
    this.connection ??= this.connect(data);
    if (!this.still) this.ask();
  }

  /** Learns what the page's own answers need of a network. */
  adopt({ answers, thumbs, state, controls, graphs, opening }) {
    this.page ??= new InsideAnswers(new Digits(answers.gallery));
    this.page.meet(thumbs);
    this.page.learn({ name: state.distortion, controls });
    this.page.adopt(state.network, graphs, opening);
  }

  connect({ answers: offer = null, live: path }) {
    if (offer?.way === "browser") this.say(LOADING);
    return new Answers(offer, this.page, { path, request: insideRequest }, this.state, {
      answer: (answer, asked) => this.accept(answer, asked),
      error: (sentence) => this.say(sentence),
      coming: (sentence) => this.say(sentence),
      open: (open, note) => {
        this.note = note;
        this.root.dataset.live = open ? "on" : "off";
        this.root.dataset.answers = this.connection?.own ? "page" : "server";
        this.say(note || (open ? "" : OFFLINE));
        if (open && !this.still) this.ask();
      },
    });
  }

  /** Another network is asked of others. */
  disconnect() {
    this.connection.close();
    this.connection = null;
    this.note = "";
  }

  accept(answer, asked) {
    this.say(this.note);
    if (answer.arrays.losses) this.panels.gradients.accept(answer, asked);
    else if (sameSubject(asked, this.state)) this.take(answer, asked);
    if (!this.connection.waiting) this.panels.gradients.goOn();
  }

  /** Shows an answer; parts that were not sent again are those of the answer before. */
  take(answer, asked) {
    this.opened = new Opened(answer, this.opened && sameSubject(asked, this.taken) ? this.opened : null);
    this.taken = asked;
    this.schedule();
  }

  /** Draws what is on screen, once a frame. */
  schedule() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (!this.opened) return;
      this.path.show(this.opened, this.classes);
      this.offerTransformers(this.opened.head);
      for (const [name, one] of this.extras) one.setAttribute("aria-pressed", String(this.state.also.includes(name)));
      this.panels[this.state.step].show(this.opened, this.state);
      this.root.dataset.ready = "true";
      this.root.dataset.busy = String(Boolean(this.connection?.busy));
    });
  }

  /** Buttons for the transformers, if there are several. */
  offerTransformers({ transformers, lane, tick }) {
    const key = JSON.stringify([transformers, lane, tick]);
    if (key === this.offered) return;
    this.offered = key;
    this.which.hidden = transformers.length < 2;
    this.which.replaceChildren(
      make("span", { class: "caption" }, "Transformer"),
      ...transformers.map(([k, t]) =>
        button(transformers.some(([other]) => other) ? LANES[k].letter : String(t + 1), () => this.choose({ lane: k, tick: t, axes: null }), {
          "aria-pressed": String(k === lane && t === tick),
        }),
      ),
    );
  }

  /** A button that shows something more, `name`, or hides it again. */
  extra(name, label, title) {
    const one = button(label, () => this.toggle(name), { "aria-pressed": "false", title });
    this.extras.set(name, one);
    return one;
  }

  toggle(name) {
    const { also } = this.state;
    this.state.also = also.includes(name) ? also.filter((one) => one !== name) : [...also, name];
    this.schedule();
    this.tell();
  }

  /** Opens a step in place. */
  open(step, tell = true) {
    this.panels[this.state.step]?.leave?.();
    this.state.step = step;
    this.place.replaceChildren(this.panels[step].root);
    this.place.setAttribute("aria-label", step);
    this.path.choose(step);
    this.schedule();
    if (tell) this.tell();
  }

  /** Looks at an output pixel; null where none is pointed at. */
  look(x, y) {
    if (x === this.state.x && y === this.state.y) return;
    Object.assign(this.state, { x, y });
    this.schedule();
  }

  /** Takes new values of the distortion from a slider. */
  change(values) {
    Object.assign(this.state.values, values);
    this.panels.input.update();
    this.reset({});
  }

  /** Takes another image. */
  choose(picture, settled = true) {
    this.reset(picture);
    this.panels.input.update();
    if (settled) this.tell();
  }

  /** A change after which an edited theta means nothing. */
  reset(changes) {
    Object.assign(this.state, changes, { theta: null, label: null });
    this.panels.gradients.forget();
    if (!this.still) this.ask();
  }

  /** Takes another theta, sampler, label or pair of axes. */
  edit(changes, settled = false) {
    Object.assign(this.state, changes);
    if (!("axes" in changes)) this.ask();
    this.schedule();
    if (settled) this.tell();
  }

  shuffle() {
    this.report.trigger("shuffle", Math.floor(Math.random() * 2 ** 31));
  }

  ask() {
    this.root.dataset.busy = "true";
    const known = this.opened && sameSubject(this.state, this.taken);
    this.connection?.ask({ ...this.state, want: known ? ["gradients"] : ["image", "layers", "gradients"] });
  }

  release() {
    this.tell();
  }

  tell() {
    const offline = !this.connection?.open;
    this.report.state("state", JSON.parse(JSON.stringify({ ...this.state, offline })));
  }

  say(sentence) {
    this.status.textContent = sentence;
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.panels[this.state.step]?.leave?.();
    this.connection?.close();
  }
}

const OFFLINE = "Live answers are out of reach: the pictures follow when they are back.";

export default mounting("inside", Inside);
