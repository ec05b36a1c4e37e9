// A network beside the volume: the pictures that its classifier sees, and what it reads in them.

import { hides, make } from "../stage/dom.js";
import { paint } from "../stage/picture.js";
import { part } from "../stage/protocol.js";

/** One network: { title, sees, views }; `update` fills it from an answer. */
export class Reader {
  constructor(network) {
    this.network = network;
    this.pictures = Array.from({ length: network.views }, () => make("canvas", { class: "pixels", role: "img" }));
    this.digit = make("b", {}, "\u2013");
    this.share = make("span", { class: "share" });
    this.prediction = make("p", { class: "prediction", "data-part": "answer", "data-testid": "prediction" }, this.digit, this.share);
    const pictures = make("div", { class: "seen", "data-part": "output", "data-testid": "seen" }, ...this.pictures);
    pictures.dataset.views = network.views;
    this.root = make(
      "section",
      { class: "reader", "aria-label": network.title },
      make("h3", { class: network.transformer ? "network" : "" }, network.title),
      pictures,
      this.prediction,
      make("p", { class: "caption" }, network.sees),
    );
  }

  /** Shows row `k` of an answer. */
  update({ head, arrays }, k) {
    const shares = [...arrays[`${k}.probabilities`].data];
    const best = shares.indexOf(Math.max(...shares));
    this.digit.textContent = best;
    this.share.textContent = `${Math.round(100 * shares[best])} %`;
    this.prediction.classList.toggle("wrong", head.label !== null && head.label !== best);
    this.pictures.forEach((canvas, view) => {
      paint(canvas, part(arrays[`${k}.seen`], view));
      const says = hides(this.root, "answer") ? "" : `; it reads a ${best}`;
      canvas.setAttribute("aria-label", `What ${this.network.title} sees${says}`);
    });
  }
}
