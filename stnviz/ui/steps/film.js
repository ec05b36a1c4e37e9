// A film: what a network that looks again did with one picture; as stnviz/live/films.py sends it.

import { part } from "../stage/protocol.js";
import { figure } from "../stage/reading.js";

/** Asks for the film of the state's picture, as the hand has laid it out. */
export function filmRequest(id, { film, picture, handles, pieces }) {
  return { version: 1, id, film, edit: { picture, handles, pieces } };
}

/** Where the window lies after tick k (0 is before any), of what `arrays` hold. */
export function windowAt(film, k, own) {
  const { head, arrays } = film;
  if (k === 0) return whole(head.lattice);
  return part(own ? arrays.own : arrays.lattices, k - 1).data;
}

/** The lattice of the whole picture. */
export function whole(n) {
  const at = (j) => (2 * j) / (n - 1) - 1;
  return Float32Array.from({ length: 2 * n * n }, (_, k) => {
    const cell = k >> 1;
    return at(k % 2 ? Math.floor(cell / n) : cell % n);
  });
}

/** Between two lattices, at a share of the way. */
export function between(from, to, share) {
  return from.map((value, k) => value + share * (to[k] - value));
}

/** The middle of a lattice of n by n points. */
export function middle(lattice, n) {
  const k = 2 * ((n * n - 1) / 2);
  return [lattice[k], lattice[k + 1]];
}

/** Rows of the table of ticks: what theta says, as a person reads it. */
export const READINGS = [
  { title: "Turn", hint: "of the window, clockwise", read: (pose) => `${figure((pose.angle * 180) / Math.PI, 0, true)}\u00b0` },
  { title: "Size", hint: "of the window across and down, in pictures", read: (pose) => `${percent(pose.scale_x)} \u00d7 ${percent(pose.scale_y)}` },
  { title: "Right", hint: "of the picture's middle, in half pictures", read: (pose) => figure(pose.shift_x, 2, true) },
  { title: "Down", hint: "of the picture's middle, in half pictures", read: (pose) => figure(pose.shift_y, 2, true) },
];

const percent = (share) => `${Math.round(100 * share)} %`;

/** What the network has answered after tick k, or at it. */
export function answerAt({ head }, k) {
  const said = head.said[k - 1] ?? head.said[head.said.length - 1];
  const place = Math.min(Math.max(k, 1), head.said.length) - 1;
  return { said, sure: head.sure[place], right: head.right[place] };
}
