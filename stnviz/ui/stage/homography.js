// Homographies: the plane projective map from four points, and its linear equations.

const HORIZON = 1e-4; // the least depth: points behind the horizon are mapped far away

/** The plane projective map that sends four points to four others; null if there is none. */
export function homography(from, to) {
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

/** Solves `count` equations whose rows end in their right sides; null if they are not independent. */
export function solved(rows, count) {
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
