// The steps component: a multi-step network, step by step.
//
// The state is { picture, tick, own, slow, sharp, handles, distractors }; handles and distractors are null
// if nothing was moved. Moving something asks for an answer, of the live route or of a graph in this page;
// if there is neither, the state is reported to the page, which sends another trace. Where the page's
// trace is of another image than the state (`data.other`), it is not shown, and the answer is asked for.

import { mounting } from "../mounting.js";
import { StepsAnswers } from "../answerer/steps.js";
import { Answers, LOADING } from "../stage/answers.js";
import { button, make } from "../stage/dom.js";
import { decodeStored, part } from "../stage/protocol.js";
import { adoptTheme } from "../stage/theme.js";
import { Transport } from "../transport.js";
import { between, traceRequest, repaint, windowAt } from "./step_trace.js";
import { glideOf } from "./glide.js";
import { Scene } from "./scene.js";
import { Strip } from "./strip.js";

const STEPS_A_SECOND = 0.9;
const MOVING = 0.6; // share of a step's time in which its window moves

class Steps {
  constructor(root) {
    this.root = root;
    this.scene = new Scene({ move: (handles) => this.edit({ handles }), release: () => this.release() });
    this.strip = new Strip((tick) => this.transport.go(tick));
    this.transport = new Transport({
      thing: "step",
      whole: stepsDone,
      say: (tick) => `step ${tick} of ${this.trace.head.ticks}`,
      at: (tick) => this.come(tick),
      settle: (tick) => this.change({ tick }),
      slowed: (slow) => this.change({ slow }),
    });
    this.transport.listen(root);
    this.answer = make("p", { class: "answer", "data-testid": "answer", "data-part": "answer" });
    this.reading = make("canvas", { class: "pixels reading", role: "img", "data-part": "output" });
    this.said = make("p", { class: "said-now", "data-testid": "said", "data-part": "answer" });
    this.problem = make("p", { class: "problem", role: "status" });
    this.page = new StepsAnswers();
    this.note = ""; // on who answers
    this.own = button("This step only", () => this.change({ own: !this.state.own }), {
      title: "What this step has added, in what the step before it had read; else all steps together, in the picture",
    });
    this.sharp = button("Sharp", () => this.edit({ sharp: !this.state.sharp }, true), {
      title: "The same warps on the same picture, drawn large: they know no pixels",
    });
    this.count = make("span", { class: "count" });
    this.distractors = make("input", {
      type: "range",
      min: 0,
      step: 1,
      oninput: () => this.edit({ distractors: Number(this.distractors.value) }),
      onchange: () => this.tell(),
    });
    this.amount = make("span", { class: "number" });
    this.clutter = make("label", {}, "Clutter", this.distractors, this.amount);
    this.undo = button("As it was", () => this.edit({ handles: null, distractors: null }, true), {
      title: "Put back what was moved",
    });
    const pictures = make(
      "div",
      { class: "line buttons pictures", "data-part": "buttons" },
      button("\u2039", () => this.turn(-1), { "aria-label": "The picture before" }),
      button("\u203a", () => this.turn(1), { "aria-label": "The next picture" }),
      this.count,
      this.clutter,
      this.undo,
      this.own,
      this.sharp,
    );
    const words = make("div", { class: "words" }, this.answer, this.said);
    root.append(this.scene.root, this.reading, words, this.transport.root, pictures, this.problem, this.strip.root);
    new ResizeObserver(() => this.draw()).observe(root);
  }

  receive(data, report) {
    this.report = report;
    adoptTheme(this.root);
    const led = data.state.asked !== this.asked || data.network !== this.state?.network;
    const newer = data.revision !== this.revision;
    if (!newer && !led) return;
    if (led) {
      this.transport.halt();
      this.say(this.note);
      const { asked, ...state } = data.state;
      Object.assign(this, { asked, state: { ...state, network: data.network }, laid: state.handles });
    }
    const trace = decodeStored(data.answer)[0];
    this.page.adopt(data.network, data.graph, data.pictures, trace);
    this.revision = data.revision;
    this.answers ??= this.connect(data);
    if (led && data.other) this.answers.ask(this.state);
    // The page's trace may be older than the latest answer.
    else if (led || this.root.dataset.live !== "on") this.take(trace);
  }

  connect({ answers: offer, live: path }) {
    if (offer?.way === "browser") this.say(LOADING);
    return new Answers(offer, this.page, { path, request: traceRequest }, this.state, {
      answer: (trace, asked) => {
        if (asked.network !== this.state.network) return;
        this.say(this.note);
        this.refused = false;
        this.laid = asked.handles;
        this.take(trace);
      },
      error: (sentence) => {
        this.say(sentence.replace(/^[\w.]+: /, ""), true);
        this.refused = true;
        if (!this.scene.held) this.release();
      },
      coming: (sentence) => this.say(sentence),
      open: (open, note) => {
        this.note = note;
        this.root.dataset.live = open ? "on" : "off";
        this.root.dataset.answers = this.answers?.own ? "page" : "server";
        this.say(note);
      },
    });
  }

  say(sentence, wrong = false) {
    this.problem.textContent = sentence;
    this.problem.classList.toggle("wrong", wrong);
  }

  /** Shows a trace; a handle that the pointer has moved meanwhile stays at the pointer. */
  take(trace) {
    this.trace = trace;
    const { ticks } = trace.head;
    if (ticks) this.state.tick = Math.min(Math.max(this.state.tick, 1), ticks);
    const { tick, slow } = this.state;
    this.transport.set({ first: 1, last: ticks, start: 0, rate: STEPS_A_SECOND, place: tick, slow });
    this.draw();
    this.root.dataset.ready = "true";
  }

  /** Reports what was moved; if the server refused it, goes back to the last valid handles. */
  release() {
    if (this.refused) {
      this.refused = false;
      this.state.handles = this.laid;
      this.draw();
    }
    this.tell();
  }

  turn(way) {
    if (!this.trace) return;
    const { count } = this.trace.head;
    const picture = (this.state.picture + way + count) % count;
    this.laid = null;
    this.edit({ picture, handles: null, distractors: null }, true);
  }

  edit(news, settled = false) {
    Object.assign(this.state, news);
    this.transport.stop();
    if (news.handles) this.scene.place(news.handles);
    this.answers?.ask(this.state);
    if (settled) this.tell();
  }

  change(news) {
    Object.assign(this.state, news);
    this.draw();
    this.tell();
  }

  come(tick) {
    if (tick === this.state.tick) return this.frame();
    this.state.tick = tick;
    this.draw();
  }

  draw() {
    if (!this.trace) return;
    const { head } = this.trace;
    const { handles, distractors } = this.state;
    this.answer.textContent = head.whole.sentence;
    this.answer.classList.toggle("wrong", !head.whole.correct);
    this.count.textContent = `picture ${(head.picture + 1).toLocaleString("en")} of ${head.count.toLocaleString("en")}`;
    this.clutter.hidden = head.distractors === null;
    Object.assign(this.distractors, { max: head.max_distractors, value: distractors ?? head.distractors });
    this.amount.textContent = distractors ?? head.distractors;
    this.undo.setAttribute("aria-disabled", String(handles === null && distractors === null));
    this.own.hidden = !head.residual_warps || head.ticks < 2;
    this.own.setAttribute("aria-pressed", String(this.state.own));
    this.sharp.hidden = !head.can_sharpen;
    this.sharp.setAttribute("aria-pressed", String(this.state.sharp));
    this.strip.root.hidden = head.ticks === 0;
    if (head.ticks) this.strip.show(this.trace, this.state);
    this.frame();
  }

  /**
   * Draws the scene and the network's output. Between two places the window moves to the later one:
   * that step is the goal, and output and prediction are of the last complete step, the one before.
   */
  frame() {
    const { head, arrays } = this.trace;
    const { stands, place } = this.transport;
    const goal = still() ? stands : Math.max(Math.ceil(place), 1);
    const done = still() ? goal : stepsDone(place);
    const share = done === goal ? 1 : smooth((place - goal + 1) / MOVING);
    const own = this.state.own && head.residual_warps;
    const list = Array.from({ length: arrays.handles.shape[0] }, (_, k) => [...part(arrays.handles, k).data]);
    const handles = this.state.handles ?? list;
    if (head.ticks === 0) {
      this.scene.show(this.trace, { goal: 0, done: 0, own: false, window: null, handles });
      this.reading.hidden = true;
      this.read(0);
      return;
    }
    const to = windowAt(this.trace, goal, own);
    const from = windowAt(this.trace, own ? 0 : goal - 1, false);
    const glide = head.composites && share < 1 ? glideOf(this.trace, from, to, share) : null;
    const window = glide?.lattice ?? (share < 1 ? between(from, to, share) : to);
    this.scene.show(this.trace, { goal, done, own, window, glide, handles });
    this.reading.hidden = Boolean(head.composites); // the scene itself shows the output
    this.read(done);
  }

  /** Shows a step's output and prediction; nothing before the first step is complete. */
  read(step) {
    const { head, arrays } = this.trace;
    this.root.dataset.done = String(step);
    this.reading.classList.toggle("none", step === 0);
    const { sentence, correct } = step ? head.predictions[step - 1] : { sentence: "", correct: true };
    this.said.textContent = sentence;
    this.said.classList.toggle("wrong", !correct);
    if (!step) return;
    repaint(this.reading, part(arrays.outputs, step - 1));
    this.reading.setAttribute("aria-label", `What step ${step} reads`);
  }

  /** Reports the state with the link's number: after Back, an equal state then counts as a change. */
  tell() {
    const { network, ...state } = this.state;
    this.report.state("state", { ...state, asked: this.asked });
  }

  close() {
    this.transport.stop();
    this.answers?.close();
  }
}

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** The number of complete steps: one counts once its window has arrived, not while it moves. */
const stepsDone = (place) => Math.floor(place + 1 - MOVING);

/** Slow at both ends. */
const smooth = (share) => share * share * (3 - 2 * share);

export default mounting("steps", Steps);
