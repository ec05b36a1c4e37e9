// The step trace of one image, as stnviz/live/step_traces.py sends it.

import { paint } from "../stage/picture.js";
import { part } from "../stage/protocol.js";
import { figure } from "../stage/reading.js";

/** The request for the trace of the state's image, as the visitor has edited it. */
export function traceRequest(id, { network, picture, handles, distractors, sharp }) {
  return { version: 1, id, network, edit: { picture, handles, distractors, sharp } };
}

/** The window's lattice after step k (0: before any); `own` for the step's own transform alone. */
export function windowAt(trace, k, own) {
  const { head, arrays } = trace;
  if (k === 0) return arrays.start.data;
  return part(own ? arrays.own : arrays.lattices, k - 1).data;
}

/**
 * Paints a part of a trace, unless the canvas shows it already: the images under a moving window do
 * not change. A trace's arrays are never written to.
 */
export function repaint(canvas, array) {
  const { buffer, byteOffset } = array.data;
  if (canvas.shown?.buffer === buffer && canvas.shown.byteOffset === byteOffset) return;
  canvas.shown = { buffer, byteOffset };
  paint(canvas, array);
}

/** Interpolates between two lattices; `share` 0 gives `from`, 1 gives `to`. */
export function between(from, to, share) {
  return from.map((value, k) => value + share * (to[k] - value));
}

/** The middle point of a lattice of n by n points. */
export function middle(lattice, n) {
  const k = 2 * ((n * n - 1) / 2);
  return [lattice[k], lattice[k + 1]];
}

/** Rows of the table of steps: the pose of theta in readable units. */
export const READINGS = [
  { title: "Turn", hint: "of the window, clockwise", read: (pose) => `${figure((pose.angle * 180) / Math.PI, 0, true)}\u00b0` },
  { title: "Size", hint: "of the window across and down, in pictures", read: (pose) => `${Math.round(100 * pose.scale_x)} \u00d7 ${Math.round(100 * pose.scale_y)} %` },
  { title: "Right", hint: "of the picture's middle, in half pictures", read: (pose) => figure(pose.shift_x, 2, true) },
  { title: "Down", hint: "of the picture's middle, in half pictures", read: (pose) => figure(pose.shift_y, 2, true) },
];

/** The image under the window of step k: its input, or the composite after it. */
export function groundAt({ head, arrays }, k, own) {
  if (head.composites && k > 0) return part(arrays.outputs, k - 1);
  if (own && head.residual_warps && k > 1) return part(arrays.outputs, k - 2);
  return part(arrays.picture, 0);
}
