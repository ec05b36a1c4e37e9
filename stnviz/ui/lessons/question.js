// One question: its controls, whether an answer is right, and the explanation.

import { button, make } from "../stage/dom.js";
import { ShownPicture } from "./shown_picture.js";
import { filled } from "./text.js";

/** The controls of a choice: `given()` is what was answered, null if nothing. */
function choiceControls({ options, answer }, words, id) {
  const boxes = options.map((text, k) => {
    const box = make("input", { type: "radio", name: id, value: k });
    return { box, root: make("label", { class: "option" }, box, make("span", {}, text)) };
  });
  return {
    nodes: boxes.map(({ root }) => root),
    missing: words.choose,
    given: () => boxes.find(({ box }) => box.checked)?.box.value ?? null,
    right: (value) => Number(value) === answer,
    solution: options[answer],
  };
}

/** A decimal comma is a point in some languages. */
const numberOf = (text) => (text.trim() === "" ? NaN : Number(text.trim().replace(",", ".").replace("\u2212", "-")));

function numberControls({ answer, tolerance, unit }, words, id, language) {
  const box = make("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-labelledby": id });
  const said = answer.toLocaleString(language, { maximumFractionDigits: 4 });
  return {
    nodes: [make("div", { class: "entry" }, box, make("span", {}, unit))],
    missing: words.enter,
    given: () => (Number.isFinite(numberOf(box.value)) ? numberOf(box.value) : null),
    right: (value) => Math.abs(value - answer) <= tolerance + 1e-9,
    solution: `${said} ${unit}`.trim(),
  };
}

function placeControls({ region, picture }, words, id, language) {
  let at = null;
  const slider = (label) => {
    const range = make("input", { type: "range", min: -1, max: 1, step: 0.02, value: 0, oninput: () => moved() });
    const shown = make("span", { class: "value", "aria-hidden": "true" });
    return { range, shown, root: make("label", { class: "axis" }, make("span", {}, label), range, shown) };
  };
  const [x, y] = [slider(words.across), slider(words.down)];
  const view = picture && new ShownPicture(picture, (point) => put(point));
  const put = (point) => {
    at = point.map((u) => Math.min(1, Math.max(-1, u)));
    view?.mark(at);
    [x, y].forEach(({ range, shown }, k) => {
      range.value = at[k];
      shown.textContent = at[k].toLocaleString(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    });
  };
  const moved = () => put([Number(x.range.value), Number(y.range.value)]);
  return {
    nodes: [view?.root, make("p", { class: "hint" }, words.place), x.root, y.root],
    missing: words.place,
    given: () => at,
    right: ([u, v]) => isInside(region, u, v),
    solution: words.in_picture,
    reveal: (shown) => view?.reveal(shown ? region : null),
  };
}

/** Whether a place lies in a region. */
export function isInside(region, u, v) {
  const across = (u - region.x) / region.half_width;
  const down = (v - region.y) / region.half_height;
  return region.round ? Math.hypot(across, down) <= 1 : Math.max(Math.abs(across), Math.abs(down)) <= 1;
}

const CONTROLS = { choice: choiceControls, number: numberControls, place: placeControls };

/** A question as a form; `onanswer({right, shown})` is called when that changes. */
export class Question {
  constructor(question, number, words, language, answered, onanswer) {
    const id = `question-${number}`;
    this.words = words;
    this.answered = answered;
    this.onanswer = onanswer;
    this.controls = CONTROLS[question.kind](question, words, id, language);
    const picture = question.kind !== "place" && question.picture ? new ShownPicture(question.picture).root : null;
    this.verdict = make("p", { class: "verdict", role: "status" });
    this.explanation = make("p", { class: "explanation" }, question.explanation);
    this.shower = button(words.show, () => this.show(!this.answered.shown));
    this.root = make(
      "form",
      { class: "question", novalidate: true, "aria-labelledby": id, onsubmit: (event) => this.submit(event) },
      make("h4", {}, filled(words.question, number)),
      make("p", { class: "asked", id }, question.text),
      picture,
      ...this.controls.nodes,
      make("div", { class: "buttons transport" }, make("button", { type: "submit" }, words.answer), this.shower),
      this.verdict,
      this.explanation,
    );
    this.draw(answered.right ? words.right : "");
  }

  submit(event) {
    event.preventDefault();
    const given = this.controls.given();
    if (given === null) return this.draw(this.controls.missing);
    const right = this.controls.right(given);
    this.answered = { ...this.answered, right: right || this.answered.right };
    this.draw(right ? this.words.right : this.words.wrong, right);
    this.onanswer(this.answered);
  }

  show(shown) {
    this.answered = { ...this.answered, shown };
    this.draw("");
    this.onanswer(this.answered);
  }

  /** The verdict, and the explanation once the question is answered or its answer shown. */
  draw(verdict, right = this.answered.right) {
    const { right: done, shown } = this.answered;
    const solution = shown && !verdict ? filled(this.words.solution, this.controls.solution) : "";
    this.verdict.textContent = verdict || solution || (done ? this.words.right : "");
    this.verdict.classList.toggle("correct", right && !solution);
    this.verdict.classList.toggle("wrong", verdict === this.words.wrong);
    this.explanation.hidden = !(done || shown);
    this.controls.reveal?.(done || shown);
    this.shower.hidden = done;
    this.shower.textContent = shown ? this.words.hide : this.words.show;
  }
}
