// The lights of one trace, a transformer each, the worst first; and what is said of the chosen one.

import { button, make } from "../stage/dom.js";
import { percent } from "./figures/numbers.js";
import { saveJson } from "./figures/save.js";

/** Shapes as well as colours tell the states apart. */
const SHAPES = {
  ill: "8,1 15,8 8,15 1,8",
  warning: "8,1.5 15,14.5 1,14.5",
  alive: "5,1 11,1 15,5 15,11 11,15 5,15 1,11 1,5",
  "not judged": "2,6.5 14,6.5 14,9.5 2,9.5",
  note: "2,6.5 14,6.5 14,9.5 2,9.5",
};

/** The shape of a state. */
export function lightShape(state) {
  const shape = make("polygon", { points: SHAPES[state] ?? SHAPES.note });
  return make("svg", { class: "light", viewBox: "0 0 16 16", "data-state": state, "aria-hidden": "true" }, shape);
}

export class Lights {
  /** `onpick({ lane, tick })` when another transformer is chosen. */
  constructor(onpick) {
    this.onpick = onpick;
    this.heading = make("p", { class: "whose" });
    this.list = make("ul", { class: "lights" });
    this.save = button("Save the verdicts", () => this.keep(), {
      class: "plainly",
      title: "All transformers of this trace, and what is said of them, as JSON",
    });
    this.about = make("div", { class: "verdicts", "data-testid": "verdicts" });
    this.root = make("section", { class: "health" }, make("div", { class: "all" }, this.heading, this.list, this.save), this.about);
  }

  /** Shows the transformers of a side; its title where there are two. */
  show(side, titled) {
    const key = `${side.key} ${side.lane} ${side.tick}`;
    this.heading.hidden = !titled;
    this.heading.textContent = side.title;
    if (key === this.shown) return;
    Object.assign(this, { shown: key, side });
    const isHeld = this.list.contains(this.root.getRootNode().activeElement);
    this.list.replaceChildren(...side.transformers.map((one) => this.light(one, side)));
    if (isHeld) this.list.querySelector("[aria-pressed=true]")?.focus();
    const chosen = side.transformers.find((one) => one.lane === side.lane && one.tick === side.tick);
    this.about.replaceChildren(...this.words(chosen, side));
  }

  light(one, { lane, tick }) {
    const isChosen = one.lane === lane && one.tick === tick;
    const worst = one.verdicts[0]?.severity === "note" ? null : one.verdicts[0];
    const root = button("", () => this.onpick({ lane: one.lane, tick: one.tick }), {
      class: "transformer",
      "aria-pressed": String(isChosen),
      title: "Show this transformer, and what is known of it",
    });
    root.append(
      lightShape(one.state),
      make("span", { class: "name", title: one.name }, withoutFolders(one.name)),
      make("span", { class: "state" }, worst ? `${one.state}: ${worst.name.replaceAll("-", " ")}` : one.state),
    );
    return make("li", {}, root);
  }

  words(one, side) {
    const parts = [make("p", { class: "what" }, ...this.summary(one))];
    parts.push(...one.verdicts.map((verdict, k) => this.verdict(verdict, k === 0)));
    const facts = one.facts.flatMap(([term, said]) => [make("dt", {}, term), make("dd", {}, said)]);
    const open = !one.verdicts.length;
    parts.push(make("details", { class: "facts", open }, make("summary", {}, "How it was called"), make("dl", {}, ...facts)));
    parts.push(...side.notes.map((note) => make("p", { class: "note" }, note)));
    return parts;
  }

  summary(one) {
    const rest = one.verdicts.length ? "" : one.state === "not judged" ? "It is not judged." : "Nothing is found wrong with it.";
    return [make("b", { title: one.name }, one.name), `: ${[`${one.what}.`, one.explained, rest].filter(Boolean).join(" ")}`];
  }

  keep() {
    const { title, notes, transformers } = this.side;
    saveJson({ title, notes, transformers: plain(transformers) }, `${title} health`);
  }

  verdict({ severity, sentence, share, evidence, cause, cure, guide }, open) {
    const rows = [["Evidence", evidence], ["Cause", cause], ["Cure", cure], ["Guide", guide]].filter(([, said]) => said);
    const seen = share < 1 ? ` In ${percent(100 * share)} of the images.` : "";
    return make(
      "details",
      { class: "verdict", open },
      make("summary", {}, lightShape(severity), make("span", {}, make("b", {}, sentence), seen)),
      make("dl", {}, ...rows.flatMap(([term, said]) => [make("dt", {}, term), make("dd", {}, said)])),
    );
  }
}

/** A name without the folders of its file: the end says most. */
const withoutFolders = (name) => name.replace(/[^\s]*[\\/](?=[^\s\\/])/g, "");

/** What of the transformers is saved: not how they are shown. */
const plain = (transformers) => transformers.map(({ axes, explained, what, ...rest }) => rest);
