// The maps of pulled corners and pulled spline points, and their inverses; as in stnviz/data/true_map.py.

import { pulled, restingPoints } from "./geometry.js";
import { homography, solved } from "./homography.js";

const NEWTON = { steps: 30, nudge: 1e-4, longest: 0.3, close: 1e-7 };

const STAYS = (at) => at;
const NOTHING = { there: STAYS, back: STAYS };

/** The maps that act after the one that a group's handles change. */
const AFTER = { pose: ["corner", "spline"], corner: ["spline"], spline: [] };

/**
 * The map `there` from where a group of handles acts to where it is seen, and its inverse `back`.
 * Maps that flatten the image have no inverse and are skipped.
 */
export function laterMaps(values, canvas, group) {
  const maps = AFTER[group].map((later) => mapOf(values, canvas, later));
  return {
    there: (at) => maps.reduce((place, map) => map.there(place), at),
    back: (at) => maps.reduceRight((place, map) => map.back(place), at),
  };
}

function mapOf(values, canvas, group) {
  const rest = restingPoints(group);
  const now = rest.map((_, k) => pulled(values, canvas, group, k));
  if (now.every(([x, y], k) => x === rest[k][0] && y === rest[k][1])) return NOTHING;
  if (group === "corner") {
    const [there, back] = [homography(rest, now), homography(now, rest)];
    return there && back ? { there, back } : NOTHING;
  }
  const back = spline(now, rest);
  return back ? { there: (at) => inverted(back, at), back } : NOTHING;
}

/** The thin-plate spline that sends `centres` to `values`. */
function spline(centres, values) {
  const count = centres.length;
  const row = (at) => [...centres.map((centre) => bend(at, centre)), 1, ...at];
  const flat = [0, 1, 2].map((k) => [...centres.map((at) => [1, ...at][k]), 0, 0, 0, 0, 0]);
  const rows = [...centres.map((at, k) => [...row(at), ...values[k]]), ...flat];
  const weights = solved(rows, count + 3);
  if (!weights) return null;
  return (at) => {
    const shares = row(at);
    return [0, 1].map((axis) => shares.reduce((sum, share, k) => sum + share * weights[k][axis], 0));
  };
}

function bend([x, y], [u, v]) {
  const square = (x - u) ** 2 + (y - v) ** 2;
  return square ? square * Math.log(square) : 0;
}

/** The point that `map` sends to `target`, by Newton steps; the best that was found. */
function inverted(map, target) {
  const { nudge } = NEWTON;
  let [at, best, nearest] = [target, target, Infinity];
  for (let step = 0; step < NEWTON.steps; step++) {
    const [x, y] = map(at);
    const [dx, dy] = [target[0] - x, target[1] - y];
    const far = Math.hypot(dx, dy);
    if (far < nearest) [best, nearest] = [at, far];
    if (far < NEWTON.close) break;
    const [right, down] = [map([at[0] + nudge, at[1]]), map([at[0], at[1] + nudge])];
    const [a, c] = [(right[0] - x) / nudge, (right[1] - y) / nudge];
    const [b, d] = [(down[0] - x) / nudge, (down[1] - y) / nudge];
    const area = a * d - b * c;
    const folded = Math.abs(area) < 1e-2;
    const way = folded ? [dx, dy] : [(d * dx - b * dy) / area, (a * dy - c * dx) / area];
    at = at.map((u, axis) => u + Math.min(Math.max(way[axis], -NEWTON.longest), NEWTON.longest));
  }
  return best;
}
