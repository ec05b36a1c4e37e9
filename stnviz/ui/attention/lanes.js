// Transformers side by side: each has one colour and one dash, wherever it is drawn.

import { outline } from "../stage/geometry.js";
import { point } from "../stage/picture.js";

/** Bright enough to show on pictures; A to D as the theme names them. */
export const LANES = [
  { letter: "A", colour: "#58a6e0", rgb: [88, 166, 224], dash: [] },
  { letter: "B", colour: "#4fc29b", rgb: [79, 194, 155], dash: [9, 4] },
  { letter: "C", colour: "#b78be0", rgb: [183, 139, 224], dash: [3, 3] },
  { letter: "D", colour: "#d9a441", rgb: [217, 164, 65], dash: [12, 3, 3, 3] },
];

/**
 * The outline of window k, whose regular lattice has n points along each side, its letter, and,
 * where they are asked for, the lattice's lines.
 */
export function drawLane(overlay, lattice, n, k, { tagged = true, opacity = 1, grid = false } = {}) {
  const { letter, colour, dash } = LANES[k];
  if (grid) overlay.grid(lattice, n, { colour, opacity: 0.75 * opacity });
  overlay.stroke(outline(lattice, n), { colour, dash, width: 2.5, closed: true, opacity });
  if (tagged) overlay.tag(point(lattice, 0), letter, colour, opacity);
}
