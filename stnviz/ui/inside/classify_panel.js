// The last step: what the rest of the network says of the input as it is, as the network warps it,
// and as your theta does.

import { make } from "../stage/dom.js";
import { bestOf, className, percent } from "./words.js";

const MOST = 10; // classes that are shown, the likeliest ones

export class ClassifyPanel {
  constructor(host) {
    this.host = host;
    this.columns = make("div", { class: "answers", "data-part": "answer" });
    this.words = make("p", { class: "words", "data-part": "answer" });
    this.root = make("section", { "aria-label": "Classify" }, this.words, this.columns);
  }

  show(opened) {
    const { arrays, head } = opened;
    const { classes } = this.host;
    const shown = [
      ["as it is", "the grid is the identity", arrays.plain],
      ["as the network warps it", "its own theta", arrays.probabilities],
      ["as you warp it", head.edited ? "your theta" : "choose a theta at Grid", head.edited ? arrays.answer : null],
    ];
    if (!arrays.plain) {
      this.words.textContent = "A trace holds no network that could be asked with another grid.";
      this.columns.replaceChildren(...(arrays.answer ? [this.column("as it was recorded", "", arrays.answer, 1, classes)] : []));
      return;
    }
    const best = bestOf(arrays.probabilities, classes);
    this.words.textContent = `The rest of the network sees the output alone. It reads ${best.text}, ${percent(best.share)} sure; without the warp ${bestOf(arrays.plain, classes).text}.`;
    this.columns.replaceChildren(...shown.map(([title, how, answer], k) => this.column(title, how, answer, k, classes)));
  }

  column(title, how, answer, k, classes) {
    const root = make("div", { class: `answer-column ${["plain", "network", "yours"][k]}` }, make("h5", {}, title, make("small", {}, ` ${how}`)));
    if (!answer) return root;
    const { text, share } = bestOf(answer, classes);
    root.append(make("p", { class: "best" }, make("b", {}, text), ` ${percent(share)}`));
    if (answer.shape.length > 1) return root;
    const order = [...answer.data.keys()];
    const few = order.length > MOST ? order.sort((i, j) => answer.data[j] - answer.data[i]).slice(0, MOST) : order;
    const bars = few.map((index) => {
      const fill = make("i", {});
      fill.style.transform = `scaleX(${answer.data[index]})`;
      return make("div", { class: "bar-row" }, make("span", {}, className(index, classes)), make("span", { class: "bar-track" }, fill), make("span", {}, percent(answer.data[index])));
    });
    root.append(make("div", { class: "bar-rows" }, ...bars));
    return root;
  }
}
