// A picture of a lesson, with a transformer's window, the pointed place and the wanted region on it.

import { make } from "../stage/dom.js";
import { LATTICE_COLOURS } from "../stage/theme.js";

const percent = (u) => `${((u + 1) / 2) * 100}%`;

/** The picture with marks over it; `mark([x, y])` and `reveal(region)` take [-1, 1] coordinates. */
export class ShownPicture {
  constructor({ source, alt, width, height, window: corners }, onpoint) {
    this.image = make("img", { src: source, alt, width, height });
    this.root = make("div", { class: "shown" }, this.image);
    if (corners) this.root.append(outlineOf(corners));
    if (!onpoint) return;
    this.root.classList.add("pointed");
    this.root.addEventListener("click", (event) => {
      const { left, top, width, height } = this.root.getBoundingClientRect();
      onpoint([(2 * (event.clientX - left)) / width - 1, (2 * (event.clientY - top)) / height - 1]);
    });
  }

  mark([x, y]) {
    this.cross ??= make("span", { class: "cross", "aria-hidden": "true" });
    this.cross.style.left = percent(x);
    this.cross.style.top = percent(y);
    this.root.append(this.cross);
  }

  reveal(region) {
    this.wanted?.remove();
    if (!region) return;
    this.wanted = make("span", { class: region.round ? "wanted round" : "wanted", "aria-hidden": "true" });
    this.wanted.style.left = percent(region.x - region.half_width);
    this.wanted.style.top = percent(region.y - region.half_height);
    this.wanted.style.width = `${region.half_width * 100}%`;
    this.wanted.style.height = `${region.half_height * 100}%`;
    this.root.append(this.wanted);
  }
}

/** A window's outline, its top side thicker. */
function outlineOf(corners) {
  const points = corners.map(([x, y]) => `${x},${y}`).join(" ");
  const [[left, top], [right, end]] = corners;
  const lines = { fill: "none", stroke: LATTICE_COLOURS.network, "vector-effect": "non-scaling-stroke" };
  return make(
    "svg",
    { class: "window", viewBox: "-1 -1 2 2", preserveAspectRatio: "none", "aria-hidden": "true" },
    make("polygon", { points, ...lines, stroke: "#0a0c10", "stroke-opacity": 0.55, "stroke-width": 4.5 }),
    make("polygon", { points, ...lines, "stroke-width": 2.5 }),
    make("line", { x1: left, y1: top, x2: right, y2: end, ...lines, "stroke-width": 5 }),
  );
}
