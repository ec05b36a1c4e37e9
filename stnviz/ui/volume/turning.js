// Rotations in space, as three rows of three numbers. Points are (x, y, z); angles in radians.

/** The product of two matrices, or of a matrix and a vector. */
export function times(a, b) {
  if (typeof b[0] === "number") return a.map((row) => row[0] * b[0] + row[1] * b[1] + row[2] * b[2]);
  return a.map((row) => [0, 1, 2].map((k) => row[0] * b[0][k] + row[1] * b[1][k] + row[2] * b[2][k]));
}

/** The columns of a matrix as rows: the inverse of a rotation. */
export const columnsOf = (a) => [0, 1, 2].map((k) => a.map((row) => row[k]));

/** The rotation about axis 0, 1 or 2: from the axis after it towards the one after that. */
export function turnAbout(axis, angle) {
  const [i, j] = [(axis + 1) % 3, (axis + 2) % 3];
  const turn = [0, 1, 2].map((row) => [0, 1, 2].map((column) => Number(row === column)));
  turn[i][i] = turn[j][j] = Math.cos(angle);
  turn[j][i] = Math.sin(angle);
  turn[i][j] = -turn[j][i];
  return turn;
}

/** The rotation of three angles: about x first, then about y, then about z; as in data/volumes.py. */
export const turnOf = ({ x_angle: x = 0, y_angle: y = 0, z_angle: z = 0 }) =>
  times(turnAbout(2, z), times(turnAbout(1, y), turnAbout(0, x)));

/** The three angles of a rotation. */
export const anglesOf = (turn) => ({
  x_angle: Math.atan2(turn[2][1], turn[2][2]),
  y_angle: Math.asin(Math.min(Math.max(-turn[2][0], -1), 1)),
  z_angle: Math.atan2(turn[1][0], turn[0][0]),
});

/** By how much a rotation turns in all, from 0 to pi. */
export const angleOf = (turn) =>
  Math.acos(Math.min(Math.max((turn[0][0] + turn[1][1] + turn[2][2] - 1) / 2, -1), 1));

/** The corners of the volume, numbered by the signs of x (1), y (2) and z (4). */
export const CUBE = Array.from({ length: 8 }, (_, k) => [k & 1 ? 1 : -1, k & 2 ? 1 : -1, k & 4 ? 1 : -1]);

/** The corners of the window of a theta (3 rows of 4): where the corners of its output look. */
export const cornersOf = (theta) =>
  CUBE.map(([x, y, z]) => [0, 4, 8].map((k) => theta[k] * x + theta[k + 1] * y + theta[k + 2] * z + theta[k + 3]));
