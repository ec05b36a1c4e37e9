// Geometry of the view: image coordinates are (x, y) in [-1, 1], x right, y down.

export const VIEW = 1.3; // the view shows the image and this much of its surroundings
export const DIGIT = 28;

/** Image coordinate to a share of the view's width, 0 to 1. */
export const toView = (u) => (u / VIEW + 1) / 2;
/** The reverse of toView. */
export const fromView = (share) => (2 * share - 1) * VIEW;

const value = (values, name, rest = 0) => values[name] ?? rest;

/** Maps a clean point by the pose (scale, shear, turn, shift); as in stnviz/data/true_map.py. */
export function pose(values, canvas, [x, y]) {
  const scale = value(values, "scale", 1);
  const u = x * scale * value(values, "scale_x", 1);
  const v = y * scale * value(values, "scale_y", 1);
  const slanted = u + value(values, "shear") * v;
  const [cos, sin] = [Math.cos(value(values, "angle")), Math.sin(value(values, "angle"))];
  const unit = 2 / canvas;
  return [
    cos * slanted - sin * v + value(values, "shift_x") * unit,
    sin * slanted + cos * v + value(values, "shift_y") * unit,
  ];
}

/** The digit's centre after the shift. */
export function centre(values, canvas) {
  return [value(values, "shift_x") * (2 / canvas), value(values, "shift_y") * (2 / canvas)];
}

const CORNERS = [[-1, -1], [1, -1], [1, 1], [-1, 1]];

/** The undistorted positions of the points that a group of controls moves. */
export function restingPoints(group) {
  if (group === "corner") return CORNERS;
  return Array.from({ length: 16 }, (_, k) => [((k % 4) * 2) / 3 - 1, (Math.floor(k / 4) * 2) / 3 - 1]);
}

/** The current position of point k of a group. */
export function pulled(values, canvas, group, k) {
  const [x, y] = restingPoints(group)[k];
  const unit = 2 / canvas;
  return [
    x + value(values, `${group}${k}_x`) * unit,
    y + value(values, `${group}${k}_y`) * unit,
  ];
}

/** The outline of a lattice through all its edge points, as its sides may be curved. */
export function outline(lattice, n) {
  const points = [];
  const push = (row, column) => {
    const k = 2 * (row * n + column);
    points.push([lattice[k], lattice[k + 1]]);
  };
  for (let k = 0; k < n - 1; k++) push(0, k);
  for (let k = 0; k < n - 1; k++) push(k, n - 1);
  for (let k = n - 1; k > 0; k--) push(n - 1, k);
  for (let k = n - 1; k > 0; k--) push(k, 0);
  return points;
}

/** Turn (radians) and size of a lattice at its centre, by finite differences. */
export function remainder(lattice, n) {
  const middle = (n - 1) / 2;
  const at = (row, column) => {
    const k = 2 * (row * n + column);
    return [lattice[k], lattice[k + 1]];
  };
  const [left, right] = [at(middle, middle - 1), at(middle, middle + 1)];
  const [above, below] = [at(middle - 1, middle), at(middle + 1, middle)];
  const step = 4 / (n - 1);
  const along = [(right[0] - left[0]) / step, (right[1] - left[1]) / step];
  const down = [(below[0] - above[0]) / step, (below[1] - above[1]) / step];
  const area = along[0] * down[1] - along[1] * down[0];
  return { turn: Math.atan2(along[1], along[0]), size: Math.sqrt(Math.abs(area)), mirrored: area < 0 };
}

/** Keep an angle in [-pi, pi]. */
export const wrap = (angle) => Math.atan2(Math.sin(angle), Math.cos(angle));
export const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
