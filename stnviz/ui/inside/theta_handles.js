// Handles over the input that change theta: the window's middle and sides, its corners, or the
// points of a spline.

import { make } from "../stage/dom.js";
import { homographyOf } from "./theta_solver.js";

const KEY = 0.02; // half images for one press of an arrow key

/** What can be dragged for each transform: where it lies, and theta with it at a place. */
const HANDLES = {
  translation: [shiftHandle(0, 1)],
  attention: [shiftHandle(1, 2), { label: "Size", at: ([s, x, y]) => [x + s, y + s], move: ([, x, y], [u, v]) => [Math.max((u - x + v - y) / 2, 0.02), x, y] }],
  similarity: [
    shiftHandle(2, 3),
    {
      label: "Turn and size",
      at: ([angle, scale, x, y]) => [x + scale * Math.cos(angle), y + scale * Math.sin(angle)],
      move: ([, , x, y], [u, v]) => [Math.atan2(v - y, u - x), Math.hypot(u - x, v - y), x, y],
    },
  ],
  affine: [
    shiftHandle(2, 5),
    { label: "Right side", at: ([a, , x, c, , y]) => [x + a, y + c], move: ([, b, x, , d, y], [u, v]) => [u - x, b, x, v - y, d, y] },
    { label: "Lower side", at: ([, b, x, , d, y]) => [x + b, y + d], move: ([a, , x, c, , y], [u, v]) => [a, u - x, x, c, v - y, y] },
  ],
  projective: [[-1, -1], [1, -1], [1, 1], [-1, 1]].map((corner, k) => ({
    label: `Corner ${k + 1}`,
    at: (theta) => project(theta, corner),
    move: (theta, to) => homographyOf([[-1, -1], [1, -1], [1, 1], [-1, 1]].map((one, j) => [one, j === k ? to : project(theta, one)])) ?? theta,
  })),
};

function shiftHandle(i, j) {
  return {
    label: "Middle",
    at: (theta) => [theta[i], theta[j]],
    move: (theta, [u, v]) => theta.map((one, k) => (k === i ? u : k === j ? v : one)),
  };
}

function project([a, b, x, c, d, y, g, h], [u, v]) {
  const depth = g * u + h * v + 1;
  return [(a * u + b * v + x) / depth, (c * u + d * v + y) / depth];
}

/** The control points of a spline with so many numbers in theta. */
function splineHandles(size) {
  const side = Math.round(Math.sqrt(size / 2));
  return Array.from({ length: side * side }, (_, k) => {
    const rest = [((k % side) * 2) / (side - 1) - 1, (Math.floor(k / side) * 2) / (side - 1) - 1];
    return {
      label: `Point ${k + 1}`,
      at: (theta) => [rest[0] + theta[2 * k], rest[1] + theta[2 * k + 1]],
      move: (theta, [u, v]) => theta.map((one, j) => (j === 2 * k ? u - rest[0] : j === 2 * k + 1 ? v - rest[1] : one)),
    };
  });
}

export class ThetaHandles {
  constructor(figure, host) {
    Object.assign(this, { figure, host });
    this.root = make("div", { class: "theta-handles" });
    figure.canvas.after(this.root);
    new ResizeObserver(() => this.place()).observe(figure.root);
  }

  show(opened) {
    this.opened = opened;
    const { transform, parameters } = opened.head;
    const key = `${transform} ${parameters.length}`;
    if (key !== this.key) {
      this.key = key;
      this.kinds = HANDLES[transform] ?? (transform === "thin-plate-spline" ? splineHandles(parameters.length) : []);
      this.buttons = this.kinds.map((kind) => this.button(kind));
      this.root.replaceChildren(...this.buttons);
    }
    this.place();
  }

  get theta() {
    return [...(this.host.state.theta ?? this.opened.arrays.theta.data)];
  }

  button(kind) {
    return make("button", {
      type: "button", class: "handle", "aria-label": `${kind.label} of the window`, title: `${kind.label}: drag it, or use the arrow keys`,
      onpointerdown: (event) => this.grab(event, kind),
      onkeydown: (event) => this.key_(event, kind),
      onkeyup: ({ key }) => key.startsWith("Arrow") && this.host.tell(),
    });
  }

  grab(event, kind) {
    event.preventDefault();
    const { currentTarget: button, pointerId } = event;
    button.focus({ preventScroll: true });
    button.setPointerCapture(pointerId);
    const move = (next) => {
      const box = this.figure.canvas.getBoundingClientRect();
      this.move(kind, this.units(this.figure.from(next.clientX - box.left, next.clientY - box.top)));
    };
    const end = () => {
      button.removeEventListener("pointermove", move);
      this.host.tell();
    };
    button.addEventListener("pointermove", move);
    button.addEventListener("lostpointercapture", end, { once: true });
  }

  key_(event, kind) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    const [u, v] = kind.at(this.theta);
    this.move(kind, [u + KEY * way[0], v + KEY * way[1]]);
  }

  move(kind, to) {
    const theta = kind.move(this.theta, to);
    if (theta.every((one) => Number.isFinite(one) && Math.abs(one) <= 100)) this.host.edit({ theta });
    this.place();
  }

  /** A place of the figure, in pixels of the input, as theta counts: -1 and 1 are its edges. */
  units([x, y]) {
    return [(2 * x) / this.opened.width - 1, (2 * y) / this.opened.height - 1];
  }

  place() {
    if (!this.opened || !this.figure.view) return;
    const { canvas } = this.figure;
    const width = this.figure.root.clientWidth;
    if (!width) return;
    const { at } = this.figure.penOf(null, width, this.figure.heightOf(width), 1);
    const { theta } = this;
    this.kinds.forEach((kind, k) => {
      const [u, v] = kind.at(theta);
      const [left, top] = at(((u + 1) / 2) * this.opened.width, ((v + 1) / 2) * this.opened.height);
      const button = this.buttons[k];
      const inside = Number.isFinite(left + top);
      button.hidden = !inside;
      button.style.left = `${canvas.offsetLeft + Math.min(Math.max(left, 4), width - 4)}px`;
      button.style.top = `${canvas.offsetTop + Math.min(Math.max(top, 4), canvas.clientHeight - 4)}px`;
    });
  }
}
