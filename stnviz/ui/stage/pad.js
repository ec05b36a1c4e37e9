// A pad to draw a digit on. Strokes are kept as lines and placed the way MNIST's digits are:
// fitted into 20 x 20 pixels of a 28 x 28 image, here with 16 levels of grey.

import { button, make } from "./dom.js";

const SIDE = 28;
const BOX = 20;
const PEN = 2.4; // pixels of the 28 x 28 image
const LEVELS = 15;

/** Packs 784 levels of 4 bits, two to a byte, as base64url text. */
export function packInk(levels) {
  let bytes = "";
  for (let k = 0; k < levels.length; k += 2) {
    bytes += String.fromCharCode((levels[k] << 4) | levels[k + 1]);
  }
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Renders the strokes, fitted and centred, as 784 levels. */
function render(strokes) {
  const points = strokes.flat();
  const [xs, ys] = [points.map((p) => p[0]), points.map((p) => p[1])];
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  const extent = Math.max(right - left, bottom - top, 0.25);
  const scale = (BOX - PEN) / extent;
  const canvas = make("canvas", { width: SIDE, height: SIDE });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.translate(SIDE / 2, SIDE / 2);
  context.scale(scale, scale);
  context.translate(-(left + right) / 2, -(top + bottom) / 2);
  trace(context, strokes, PEN / scale, "#fff");
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  return Array.from({ length: SIDE * SIDE }, (_, k) => Math.round((data[4 * k + 3] / 255) * LEVELS));
}

function trace(context, strokes, width, colour) {
  context.lineWidth = width;
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = colour;
  for (const stroke of strokes) {
    context.beginPath();
    context.moveTo(...stroke[0]);
    for (const point of stroke.length > 1 ? stroke.slice(1) : stroke) context.lineTo(...point);
    context.stroke();
  }
}

/** The pad; `onink(ink, done)` gets the packed image during and after a stroke, `onclose` closes it. */
export function createPad({ onink, onclose }) {
  let strokes = [];
  const canvas = make("canvas", {
    class: "pad",
    width: 448,
    height: 448,
    tabindex: 0,
    role: "img",
    "aria-label": "Drawing pad: draw one digit with the mouse or a finger",
  });
  const context = canvas.getContext("2d");
  const redraw = () => {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(canvas.width, 0, 0, canvas.height, 0, 0);
    trace(context, strokes, 0.06, "#fff");
  };
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    strokes.push([at(event)]);
    redraw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId) || !strokes.length) return;
    strokes.at(-1).push(at(event));
    redraw();
    onink(packInk(render(strokes)), false);
  });
  canvas.addEventListener("pointerup", () => {
    if (strokes.length) onink(packInk(render(strokes)), true);
  });
  const clear = () => {
    strokes = [];
    redraw();
  };
  return make(
    "div",
    { class: "pad-panel" },
    canvas,
    make("div", { class: "line" }, button("Clear", clear), button("Done", onclose)),
  );
}
