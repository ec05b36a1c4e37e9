// Numbers of a row: the prediction, theta, its pose in words, what the network left uncorrected.

import { outline, remainder, wrap } from "./geometry.js";

const MINUS = "\u2212";

/** Formats a number with fixed decimals and a real minus sign, so that columns do not move. */
export function figure(x, decimals = 2, sign = false) {
  const text = Math.abs(x).toFixed(decimals);
  const zero = Number(text) === 0;
  if (x < 0 && !zero) return MINUS + text;
  return (sign && !zero ? "+" : "\u2007") + text;
}

const degrees = (radians) => (radians * 180) / Math.PI;

/** Fills the ten bars, and the prediction above them. */
export function showAnswer(row, probabilities) {
  const best = probabilities.indexOf(Math.max(...probabilities));
  const share = Math.round(probabilities[best] * 100);
  row.digit.textContent = best;
  row.share.textContent = `${share} %`;
  row.prediction.setAttribute("aria-label", `${row.title} says ${best}, ${share} percent sure`);
  probabilities.forEach((probability, k) => {
    const bar = row.bars[k];
    bar.fill.style.transform = `scaleY(${Math.max(probability, 0.01)})`;
    bar.root.classList.toggle("best", k === best);
    bar.root.title = `${k}: ${(probability * 100).toFixed(1)} %`;
  });
}

const EXPLAIN = {
  matrix:
    "theta: the numbers the network predicted. They map each point (x, y) of the output to the point of the input where it looks.",
  turn: "How far the window is turned, clockwise. The output shows the digit turned back by as much.",
  size: "Width and height of the window against the whole picture. Below 100 % it zooms in.",
  shear: "How much the window is slanted: x gained for each y.",
  shift: "How far the window's middle lies right and down of the picture's, in half pictures.",
  bend: "How far the control points lie from the nearest straight (affine) window, in half pictures.",
};

/** Shows theta, as a matrix if it is one, and its pose in words. */
export function showTheta(row, theta, transform, pose) {
  row.matrix.title = EXPLAIN.matrix;
  const columns = { affine: 3, projective: 3 }[transform];
  if (columns) {
    const full = transform === "projective" ? [...theta, 1] : [...theta];
    row.matrix.style.gridTemplateColumns = `repeat(${columns}, auto)`;
    fillCells(row.matrix, full.map((number) => figure(number)));
    row.matrix.classList.add("bracketed");
  } else {
    row.matrix.style.gridTemplateColumns = "repeat(8, auto)";
    fillCells(row.matrix, [...theta].map((number) => figure(number)));
    row.matrix.classList.toggle("small", theta.length > 9);
  }
  if (!pose) {
    Object.values(row.words).forEach((word) => (word.root.hidden = true));
    return;
  }
  const size = `${figure(pose.scale_x * 100, 0)} \u00d7${figure(pose.scale_y * 100, 0)} %`;
  const words = {
    turn: `${figure(degrees(pose.angle), 0, true)}\u00b0`,
    size,
    shear: figure(pose.shear, 2, true),
    shift: `${figure(pose.shift_x, 2, true)}, ${figure(pose.shift_y, 2, true)}`,
  };
  if (pose.bend !== undefined) words.bend = figure(pose.bend);
  for (const [name, text] of Object.entries(words)) {
    row.words[name].root.hidden = false;
    row.words[name].root.title = EXPLAIN[name];
    row.words[name].text.textContent = text;
  }
}

function fillCells(root, texts) {
  while (root.children.length > texts.length) root.lastChild.remove();
  while (root.children.length < texts.length) root.append(document.createElement("span"));
  texts.forEach((text, k) => (root.children[k].textContent = text));
}

const SPAN = 1.5;

/** Shows the distortion and the network's map composed: an upright square where they cancel. */
export function showRemainder(row, composed, n) {
  if (!composed.every(Number.isFinite)) {
    row.leftover.shape.removeAttribute("points");
    row.leftover.text.textContent = "nowhere: theta is not a number";
    return;
  }
  const points = outline(composed, n)
    .map(([x, y]) => `${clip(x).toFixed(3)},${clip(y).toFixed(3)}`)
    .join(" ");
  row.leftover.shape.setAttribute("points", points);
  const { turn, size, mirrored } = remainder(composed, n);
  const turned = `${figure(degrees(wrap(turn)), 0, true)}\u00b0`;
  row.leftover.text.textContent = mirrored
    ? "mirrored"
    : `${turned}, ${figure(size * 100, 0)} %`;
}

const clip = (x) => Math.max(-SPAN, Math.min(SPAN, x));
