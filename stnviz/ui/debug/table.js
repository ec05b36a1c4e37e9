// All images of a trace, a row each, with the numbers of their theta; sorted by any of them.

import { button, make } from "../stage/dom.js";
import { paint } from "../stage/picture.js";
import { part } from "../stage/protocol.js";
import { columnNumber } from "./figures/numbers.js";

const NARROW = 9; // columns of numbers; the others are those of theta, which the scatter offers

export class ImageTable {
  /** `onpick(image)` when a row is chosen. */
  constructor(onpick) {
    this.onpick = onpick;
    this.sorted = { by: null, down: false };
    this.count = make("p", { class: "count" });
    this.table = make("table");
    const place = { class: "table-place", tabindex: 0, role: "region", "aria-label": "Numbers of all images" };
    this.root = make("div", { class: "images", "data-part": "facts" }, make("div", place, this.table), this.count);
    this.table.addEventListener("keydown", (event) => this.walk(event));
  }

  /** Shows a side's numbers, of the images in `some` only, if that is given. */
  show(side, arrays, { image, pin, some }) {
    const key = `${side.key} ${side.lane} ${side.tick} ${some?.join() ?? ""}`;
    if (key !== this.shown) {
      Object.assign(this, { shown: key, side, arrays, some });
      this.build();
    }
    this.rows.forEach((row, index) => {
      row.setAttribute("aria-selected", String(index === image));
      row.dataset.pinned = String(index === pin);
    });
    if (image !== this.image) this.reveal(this.rows.get((this.image = image)));
  }

  build() {
    const { quantities, labels, count } = this.side;
    this.columns = quantities.map((quantity, k) => ({ ...quantity, k })).filter(({ name }, k) => k < NARROW || !name.startsWith("theta"));
    const heads = [this.head("image", "", "Number of the image"), make("th", { scope: "col" }, "in"), make("th", { scope: "col" }, "out")];
    if (labels.length) heads.push(make("th", { scope: "col", title: "What the network predicts" }, "says"));
    heads.push(...this.columns.map(({ name, unit, help }) => this.head(name, unit, help)));
    if (!this.arrays.outputs0) heads.splice(2, 1);
    this.rows = new Map((this.some ?? Array.from({ length: count }, (_, k) => k)).map((image) => [image, this.row(image)]));
    this.body = make("tbody");
    this.table.replaceChildren(make("thead", {}, make("tr", {}, ...heads)), this.body);
    this.count.textContent = this.some
      ? `${this.some.length} of ${count} images, those in the rectangle.`
      : this.side.of > count ? `The first ${count} of ${this.side.of} images.` : "";
    this.sort();
  }

  head(name, unit, help) {
    const sort = button(unit ? `${name} ${unit}` : name, () => this.by(name), { title: help });
    return make("th", { scope: "col", "data-by": name }, sort);
  }

  row(image) {
    const { labels } = this.side;
    const thumb = (array) => {
      const canvas = make("canvas", { class: "pixels", "aria-hidden": "true" });
      paint(canvas, part(array, image));
      return make("td", {}, canvas);
    };
    const { inputs0, outputs0 } = this.arrays;
    const pick = button(String(image), () => this.onpick(image), { "aria-label": `Image ${image}` });
    const cells = [make("td", {}, pick), inputs0 ? thumb(inputs0) : make("td", {}, "\u2013")];
    if (outputs0) cells.push(thumb(outputs0));
    if (labels.length) cells.push(make("td", { class: "says" }, labels[image]));
    cells.push(...this.columns.map(({ k, unit }) => make("td", { class: "number" }, columnNumber(this.value(image, k), unit))));
    return make("tr", { onclick: () => this.onpick(image) }, ...cells);
  }

  value(image, k) {
    const { data, shape } = this.arrays.values0;
    return data[image * shape[1] + k];
  }

  by(name) {
    const { sorted } = this;
    this.sorted = { by: name, down: sorted.by === name ? !sorted.down : false };
    this.sort();
  }

  sort() {
    const { by, down } = this.sorted;
    const column = this.columns.find(({ name }) => name === by);
    const images = [...this.rows.keys()];
    const value = (image) => (column ? this.value(image, column.k) : image);
    const order = (a, b) => (Number.isFinite(value(b)) - Number.isFinite(value(a))) || (down ? -1 : 1) * (value(a) - value(b)) || a - b;
    this.order = images.sort(order);
    this.body.replaceChildren(...this.order.map((image) => this.rows.get(image)));
    for (const head of this.table.querySelectorAll("th[data-by]")) {
      const isBy = head.dataset.by === (column ? by : "image");
      head.setAttribute("aria-sort", !isBy ? "none" : down ? "descending" : "ascending");
    }
  }

  /** Scrolls the table, not the page, to a row. */
  reveal(row) {
    if (!row) return;
    const place = this.table.parentElement;
    const [seen, its] = [place, row].map((one) => one.getBoundingClientRect());
    const head = this.table.tHead.offsetHeight;
    if (its.top < seen.top + head) place.scrollTop -= seen.top + head - its.top;
    else if (its.bottom > seen.bottom) place.scrollTop += its.bottom - seen.bottom;
  }

  /** Arrow keys choose the next row. */
  walk(event) {
    const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const row = event.target.closest?.("tbody tr");
    if (!way || !row) return;
    const next = way > 0 ? row.nextElementSibling : row.previousElementSibling;
    next?.querySelector("button").focus();
    next?.querySelector("button").click();
    event.preventDefault();
  }
}
