// Images on canvases, with pixels equal to the tensor's, and lines drawn over them.

import { outline, toView } from "./geometry.js";

/**
 * Paints an (H, W) grey or (H, W, 3) colour array on a canvas of exactly that many pixels; CSS
 * enlarges it unsmoothed.
 */
export function paint(canvas, { data, shape }) {
  const [height, width, channels = 1] = shape;
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const image = context.createImageData(width, height);
  opaque(image.data, data, channels);
  context.putImageData(image, 0, 0);
}

/** Writes grey or coloured pixels into RGBA bytes, fast enough that a large image costs no frame. */
export function opaque(bytes, data, channels) {
  const [green, blue] = channels === 1 ? [0, 0] : [1, 2];
  for (let from = 0, to = 0; to < bytes.length; from += channels, to += 4) {
    bytes[to] = data[from];
    bytes[to + 1] = data[from + green];
    bytes[to + 2] = data[from + blue];
    bytes[to + 3] = 255;
  }
}

/** An overlay whose coordinates are image coordinates; sharp on any screen. */
export class Overlay {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
  }

  /** Empties the overlay and fits it to its size on screen. */
  clear() {
    const ratio = window.devicePixelRatio || 1;
    const side = Math.round(this.canvas.clientWidth * ratio);
    if (side && this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    this.ratio = ratio;
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  path(points, closed) {
    const side = this.canvas.width;
    this.context.beginPath();
    points.forEach(([x, y], k) => {
      const [px, py] = [toView(x) * side, toView(y) * side];
      if (k) this.context.lineTo(px, py);
      else this.context.moveTo(px, py);
    });
    if (closed) this.context.closePath();
  }

  /** Draws one line, with a dark halo so that it shows on both bright and dark pixels. */
  stroke(points, { colour, width = 1, dash = [], halo = true, closed = false, opacity = 1 }) {
    const { context, ratio } = this;
    this.path(points, closed);
    context.globalAlpha = opacity;
    context.lineJoin = "round";
    if (halo) {
      context.setLineDash([]);
      context.strokeStyle = "rgba(10, 12, 16, 0.55)";
      context.lineWidth = (width + 1.6) * ratio;
      context.stroke();
    }
    context.setLineDash(dash.map((length) => length * ratio));
    context.strokeStyle = colour;
    context.lineWidth = width * ratio;
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  /** Draws the network's window: its grid in thin lines, its outline solid. */
  window(lattice, n, colour) {
    this.grid(lattice, n, { colour, opacity: 0.75 });
    this.stroke(outline(lattice, n), { colour, width: 2.5, closed: true });
    const top = Array.from({ length: n }, (_, j) => point(lattice, j));
    this.stroke(top, { colour, width: 4, halo: false }); // marks the top side
  }

  /** Draws the outline of a window alone, thin: one of an earlier step. */
  thin(lattice, n, colour, width = 1) {
    this.stroke(outline(lattice, n), { colour, width, closed: true, opacity: 0.7 });
  }

  /** Draws a small point. */
  dot([x, y], colour) {
    const { context, ratio } = this;
    const side = this.canvas.width;
    context.beginPath();
    context.arc(toView(x) * side, toView(y) * side, 3.5 * ratio, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
    context.lineWidth = ratio;
    context.strokeStyle = "rgba(10, 12, 16, 0.7)";
    context.stroke();
  }

  /** Draws the inner lines of a lattice of n by n points. */
  grid(lattice, n, { colour, opacity }) {
    const along = Array.from({ length: n }, (_, j) => j);
    for (let k = 1; k < n - 1; k++) {
      for (const place of [(j) => k * n + j, (j) => j * n + k]) {
        const line = along.map((j) => point(lattice, place(j)));
        this.stroke(line, { colour, opacity, halo: false });
      }
    }
  }

  /** Draws a window's letter on a dark ground at a point. */
  tag(at, letter, colour, opacity = 1) {
    const { context, ratio } = this;
    const side = this.canvas.width;
    const size = 20 * ratio * typeScale();
    const [x, y] = at.map((value) => Math.min(Math.max(toView(value) * side, 0), side - size));
    context.globalAlpha = opacity;
    context.fillStyle = "rgba(10, 12, 16, 0.8)";
    context.fillRect(x, y, size, size);
    context.fillStyle = colour;
    context.font = `600 ${0.7 * size}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(letter, x + size / 2, y + size / 2 + ratio);
    context.globalAlpha = 1;
  }

  /** Draws the visitor's distortion: the clean image's frame after it, dashed. */
  frame(lattice, n, colour) {
    this.stroke(outline(lattice, n), { colour, width: 2, dash: [6, 5], closed: true });
  }
}

/** How large type is on this page, against the usual: what is written on canvases follows. */
export const typeScale = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

/** The size of small type on canvases, in pixels of the page. */
export const smallType = () => (typeScale() > 1 ? 14 * typeScale() : 11);

/**
 * Prepares the canvas of a chart for drawing, at its size on screen: { context, width, height,
 * scale }. Units are pixels of a page with the usual type, `scale` of those of the screen.
 */
export function prepareChart(canvas) {
  const scale = typeScale();
  const ratio = scale * (window.devicePixelRatio || 1);
  const [width, height] = [canvas.clientWidth / scale, canvas.clientHeight / scale];
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.font = `${scale > 1 ? 14 : 12}px ${getComputedStyle(canvas).fontFamily}`;
  return { context, width, height, scale };
}

/** Point k of a flat array of (x, y). */
export function point(lattice, k) {
  return [lattice[2 * k], lattice[2 * k + 1]];
}
