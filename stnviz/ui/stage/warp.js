// What pulled corners and a pulled spline do to a place, and the way back; as in stnviz/data/warp.py.

import { pulled, restingPoints } from "./geometry.js";

const HORIZON = 1e-4; // the least depth: what lies behind it is far away
const NEWTON = { steps: 30, nudge: 1e-4, longest: 0.3, close: 1e-7 };

const STAYS = (at) => at;
const NOTHING = { there: STAYS, back: STAYS };

/** The maps that are carried out after the one that a group's handles change. */
const AFTER = { pose: ["corner", "spline"], corner: ["spline"], spline: [] };

/**
 * The way on from where a group of handles acts to where it is seen: `there`, and `back`. Maps that
 * flatten the picture have no way back and are passed over.
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

/** The plane projective map that sends four points to four others. */
function homography(from, to) {
  const rows = from.flatMap(([x, y], k) => [
    [x, y, 1, 0, 0, 0, -to[k][0] * x, -to[k][0] * y, to[k][0]],
    [0, 0, 0, x, y, 1, -to[k][1] * x, -to[k][1] * y, to[k][1]],
  ]);
  const found = solved(rows, 8);
  if (!found) return null;
  const [a, b, c, d, e, f, g, h] = found.map(([number]) => number);
  return ([x, y]) => {
    const depth = Math.max(g * x + h * y + 1, HORIZON);
    return [(a * x + b * y + c) / depth, (d * x + e * y + f) / depth];
  };
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

/** Where `map` must begin to end at `target`, by Newton steps; the best that was found. */
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

/** Solve `count` equations whose rows end in their right sides; null where they are not independent. */
function solved(rows, count) {
  const system = rows.map((row) => [...row]);
  for (let k = 0; k < count; k++) {
    let pivot = k;
    for (let i = k + 1; i < count; i++) if (Math.abs(system[i][k]) > Math.abs(system[pivot][k])) pivot = i;
    if (!(Math.abs(system[pivot][k]) > 1e-9)) return null;
    [system[k], system[pivot]] = [system[pivot], system[k]];
    for (let i = 0; i < count; i++) {
      if (i === k) continue;
      const share = system[i][k] / system[k][k];
      if (share) for (let j = k; j < system[i].length; j++) system[i][j] -= share * system[k][j];
    }
  }
  return system.map((row, k) => row.slice(count).map((number) => number / row[k]));
}
