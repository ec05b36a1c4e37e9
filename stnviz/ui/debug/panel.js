// One image of one trace in full: its title, what its kind of grid is drawn as, and its pin.

import { button, make } from "../stage/dom.js";
import { DensePanel } from "./figures/dense.js";
import { fixedNumber } from "./figures/numbers.js";
import { PointsPanel } from "./figures/points.js";
import { VolumePanel } from "./figures/volume.js";

const POINT_SETS = ["points", "planes", "lookup"];

export class Panel {
  /** `pin(image)` and `onquery(query, settled)` report what the visitor does. */
  constructor({ pin, onquery }) {
    this.onquery = onquery;
    this.title = make("h5");
    this.theta = make("p", { class: "theta", "data-part": "theta" });
    this.pinned = button("Pin", () => pin(this.image), { class: "pin" });
    this.body = make("div");
    this.root = make("section", { class: "panel" }, make("header", {}, this.title, this.pinned), this.theta, this.body);
    this.made = {};
  }

  /** Shows a picture; without one, that it is on its way. */
  show(picture, { side, image, name, isPinned, canPin, query, theme }) {
    this.image = image;
    this.title.textContent = name;
    this.pinned.hidden = !canPin;
    this.pinned.textContent = isPinned ? "Unpin" : "Pin";
    this.pinned.title = isPinned ? "Take this image away again" : "Keep this image here, to compare others with it";
    this.root.dataset.waits = String(!picture);
    const same = picture === this.picture && theme === this.theme && query === this.query;
    Object.assign(this, { picture, theme, query });
    if (!picture || same) return;
    this.theta.textContent = thetaWords(picture.head.theta);
    this.theta.title = `As the model computed it; it maps output to input: ${thetaWords(picture.head.theta, 64)}`;
    this.theta.hidden = !picture.head.theta.length;
    const { kind, volume } = side;
    const type = volume ? "volume" : POINT_SETS.includes(kind) ? "points" : "dense";
    this.made[type] ??= this.make(type);
    if (this.body.firstChild !== this.made[type].root) this.body.replaceChildren(this.made[type].root);
    this.made[type].show(picture, { kind, theme, name, query });
  }

  make(type) {
    if (type === "volume") return new VolumePanel();
    return type === "points" ? new PointsPanel(this.onquery) : new DensePanel();
  }
}

/** Theta in rows of a matrix where it is one. */
function thetaWords(theta, most = 16) {
  const numbers = theta.map((one) => (one === null ? "NaN" : fixedNumber(one, 3)));
  if (numbers.length !== 6) return `theta = (${numbers.slice(0, most).join(", ")}${numbers.length > most ? ", \u2026" : ""})`;
  return `theta = [${numbers.slice(0, 3).join(", ")}; ${numbers.slice(3).join(", ")}]`;
}
