// The stage of the Play page: one state, the controls that change it, and the rows that show it.
//
// The state is { distortion, models, digit, ink, values, seed }. Everything that changes it
// goes through change() or choose(); every answer goes through show().

import { Digits } from "../answerer/digits.js";
import { PlayAnswers } from "../answerer/play.js";
import { mounting } from "../mounting.js";
import { Answers, LOADING } from "./answers.js";
import { Actions, Choices } from "./choices.js";
import { make } from "./dom.js";
import { Handles, groupsOf } from "./handles.js";
import { intro } from "./intro.js";
import { toLink } from "./links.js";
import { decodeStored, request } from "./protocol.js";
import { Row } from "./row.js";
import { Sliders } from "./sliders.js";
import { Sweep } from "./sweep.js";
import { adoptTheme } from "./theme.js";

const LARGEST_SEED = 2 ** 31;

class Stage {
  constructor(root) {
    this.root = root;
    this.controls = {};
    this.rows = [];
    this.choices = new Choices(this);
    this.sliders = new Sliders(this);
    this.sweep = new Sweep(this);
    this.actions = new Actions(this);
    this.status = make("p", { class: "status", role: "status" });
    this.rowsPlace = make("div", { class: "rows" });
    root.append(
      this.rowsPlace,
      make(
        "div",
        { class: "panel" },
        this.choices.root,
        this.sliders.root,
        this.sweep.root,
        this.actions.root,
      ),
      this.status,
    );
    root.dataset.live = "off";
    this.note = ""; // on who answers
    new ResizeObserver(() => this.rows.forEach((row) => row.draw())).observe(this.rowsPlace);
  }

  /** Takes the page's data; called again whenever any part of them changes. */
  receive(data, report) {
    this.report = report;
    adoptTheme(this.root);
    this.digits ??= new Digits(data.answers?.gallery);
    this.page ??= new PlayAnswers(this.digits);
    const others = data.thumbs.sprite !== this.sprite;
    if (others) this.digits.adopt(data.thumbs);
    if (data.revision !== this.revision) this.adopt(data);
    if (others) {
      this.sprite = data.thumbs.sprite;
      this.choices.rebuild(data.thumbs);
    }
    if (data.answer && data.answer !== this.lastAnswer) {
      this.lastAnswer = data.answer;
      const answer = decodeStored(data.answer)[0];
      // An answer that arrives after reconnection, or to an older request, is stale.
      if (this.asked?.id === answer.head.id) this.accept(answer, this.asked.state);
    }
    this.answers ??= this.connect(data);
  }

  /** Adopts a state from outside: first load, other data or models, an uploaded image. */
  adopt(data) {
    this.revision = data.revision;
    this.page.adopt(data);
    this.distortion = data.distortion;
    this.canvas = data.distortion.canvas;
    this.controls = Object.fromEntries(data.distortion.controls.map((c) => [c.name, c]));
    this.state = { ...data.state, values: { ...data.state.values } };
    this.stopIntro?.();
    const groups = groupsOf(data.distortion.controls);
    // If a distortion has points to pull, their handles come first.
    if (!groups.includes(this.group)) this.group = this.distortion.name === "free" ? "pose" : groups.at(-1);
    const wanted = data.models.map((model) => model.name).join();
    if (wanted !== this.rows.map((row) => row.model.name).join()) this.buildRows(data.models);
    this.handles.forEach((handles) => handles.rebuild());
    this.sliders.rebuild();
    this.sweep.rebuild();
    this.actions.rebuild(groups, data.distortion.varies);
    this.choices.update();
    const stored = data.first ? decodeStored(data.first) : [];
    if (stored.length) this.stopIntro = intro(stored, this);
    else this.ask();
    if (this.fellBack && !this.stopIntro) this.fallBack();
  }

  buildRows(models) {
    this.pending = null; // its answer belongs to other rows
    this.rows = models.map((model) => new Row(model));
    this.handles = this.rows.map((row, index) => new Handles(row.view, this, index === 0));
    this.rowsPlace.style.setProperty("--count", models.length);
    this.rowsPlace.replaceChildren(...this.rows.map((row) => row.root));
  }

  connect({ answers: offer, live }) {
    const answers = new Answers(offer, this.page, { path: live, request }, this.state, {
      answer: (answer, state) => {
        this.say(this.note);
        this.accept(answer, state);
      },
      error: (sentence) => {
        this.root.dataset.busy = "false";
        this.say(sentence);
      },
      coming: (sentence) => this.say(sentence),
      open: (open, note) => {
        this.note = note;
        this.root.dataset.live = open ? "on" : "off";
        this.root.dataset.answers = this.answers?.own ? "page" : "server";
        this.say(note || (open ? "" : OFFLINE));
        if (open) this.comeBack();
        else if (!this.fellBack) this.lose();
      },
    });
    if (offer?.way === "browser") this.say(LOADING);
    if (!this.stopIntro) answers.ask(this.state);
    return answers;
  }

  /** Shows an answer, and adopts values that the server drew. */
  accept(answer, asked) {
    if (asked.models.join() !== this.rows.map((row) => row.model.name).join()) return;
    if (asked.draw && this.state.draw && asked.seed === this.state.seed) {
      this.state = { ...this.state, draw: false, values: answer.head.values };
      this.refresh();
      this.tell();
    }
    this.show(answer);
  }

  show(answer) {
    this.pending = answer;
    this.schedule();
  }

  refresh() {
    this.moved = true;
    this.schedule();
  }

  /** Answers may come faster than the screen's frames: draws the newest, once a frame. */
  schedule() {
    this.frame ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = null;
    if (this.moved) {
      this.sliders.update();
      this.handles.forEach((handles) => handles.place());
      this.moved = false;
    }
    if (!this.pending) return;
    this.rows.forEach((row, index) => row.update(this.pending, index));
    this.pending = null;
    this.root.dataset.ready = "true";
    this.root.dataset.busy = String(Boolean(this.answers?.busy));
  }

  /** Takes new values from a drag or a slider. */
  change(values) {
    this.stopIntro?.();
    this.state.draw = false;
    Object.assign(this.state.values, values);
    this.refresh();
    this.ask();
  }

  /** Takes another image; `settled` is false while it is still being drawn. */
  choose(picture, settled = true) {
    this.stopIntro?.();
    Object.assign(this.state, picture);
    this.choices.update();
    this.ask();
    if (settled) this.release();
  }

  another() {
    this.stopIntro?.();
    this.sweep.pause();
    this.state.seed = Math.floor(Math.random() * LARGEST_SEED);
    this.state.draw = true;
    this.ask();
    if (this.fellBack) this.fallBack();
  }

  reset() {
    this.sweep.pause();
    const rest = Object.values(this.controls).map(({ name, start }) => [name, start]);
    this.change(Object.fromEntries(rest));
    this.release();
  }

  hold(group) {
    this.group = group;
    this.handles.forEach((handles) => handles.rebuild());
    this.actions.update();
  }

  shuffle() {
    this.report.trigger("shuffle", Math.floor(Math.random() * LARGEST_SEED));
  }

  ask() {
    this.root.dataset.busy = "true";
    this.answers?.ask(this.state);
  }

  /** At the end of a change, such as a drag: reports the state to the page, which updates the URL. */
  release() {
    if (this.state.draw) return; // its values come with the answer
    this.tell();
    if (this.fellBack) this.fallBack();
  }

  tell() {
    const { draw, ...state } = this.state;
    this.report.state("state", JSON.parse(JSON.stringify(state)));
  }

  /** The live route has become unreachable. */
  lose() {
    this.fellBack = true;
    if (!this.stopIntro) this.fallBack();
  }

  /** Without the live route, asks the page itself for an answer; called on release. */
  fallBack() {
    const state = { ...this.state, values: { ...this.state.values } };
    this.asked = { id: ++questions, state };
    this.report.state("question", JSON.stringify(request(this.asked.id, state)));
  }

  /** The live route is back: withdraws the question to the page. */
  comeBack() {
    if (this.asked) this.report.state("question", null);
    this.fellBack = false;
    this.asked = null;
  }

  link() {
    return toLink(this.state);
  }

  say(sentence) {
    this.status.textContent = sentence;
  }

  close() {
    this.stopIntro?.();
    this.sweep.stop();
    cancelAnimationFrame(this.frame);
    this.answers?.close();
  }
}

const OFFLINE = "Live answers are out of reach: the pictures follow when you let go.";
let questions = 0;

export default mounting("stage", Stage);
