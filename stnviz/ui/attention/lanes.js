// Lanes (parallel transformers): each has one colour and one dash pattern wherever it is drawn.

import { outline } from "../stage/geometry.js";
import { point } from "../stage/picture.js";

/** Colours bright enough to show on images: those of the dark theme. */
export const LANES = [
  { letter: "A", colour: "#58a6e0", rgb: [88, 166, 224], dash: [] },
  { letter: "B", colour: "#4fc29b", rgb: [79, 194, 155], dash: [9, 4] },
  { letter: "C", colour: "#b78be0", rgb: [183, 139, 224], dash: [3, 3] },
  { letter: "D", colour: "#d9a441", rgb: [217, 164, 65], dash: [12, 3, 3, 3] },
];

/**
 * Draws the outline of window k, whose regular lattice has n points along each side; its letter if
 * `tagged`, and the lattice's lines if `grid`.
 */
export function drawLane(overlay, lattice, n, k, { tagged = true, opacity = 1, grid = false } = {}) {
  const { letter, colour, dash } = LANES[k];
  if (grid) overlay.grid(lattice, n, { colour, opacity: 0.75 * opacity });
  overlay.stroke(outline(lattice, n), { colour, dash, width: 2.5, closed: true, opacity });
  if (tagged) overlay.tag(point(lattice, 0), letter, colour, opacity);
}
