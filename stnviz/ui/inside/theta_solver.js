// Theta of a projective map from four points and where they go.

/** The eight numbers of the map that takes each `[from, to]` there; null if there is none. */
export function homographyOf(pairs) {
  const rows = [];
  for (const [[x, y], [u, v]] of pairs) {
    rows.push([x, y, 1, 0, 0, 0, -u * x, -u * y, u], [0, 0, 0, x, y, 1, -v * x, -v * y, v]);
  }
  return eliminate(rows);
}

/** Solves linear equations given as rows with their right-hand side last; null if they are singular. */
function eliminate(rows) {
  const count = rows.length;
  for (let k = 0; k < count; k++) {
    let best = k;
    for (let j = k; j < count; j++) if (Math.abs(rows[j][k]) > Math.abs(rows[best][k])) best = j;
    if (Math.abs(rows[best][k]) < 1e-9) return null;
    [rows[k], rows[best]] = [rows[best], rows[k]];
    for (let j = 0; j < count; j++) {
      if (j === k) continue;
      const factor = rows[j][k] / rows[k][k];
      for (let i = k; i <= count; i++) rows[j][i] -= factor * rows[k][i];
    }
  }
  return rows.map((row, k) => row[count] / row[k]);
}
