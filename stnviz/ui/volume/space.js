// A volume in space: the solid digit inside, its three flattened pictures on the walls, a window.
//
// Points are (x, y, z) in [-1, 1]: x right, y down, z away from the viewer. The camera looks from the
// left and from above, without perspective, so that a picture on a wall is drawn by one affine map.

import { CUBE, columnsOf, times, turnAbout } from "./turning.js";

export const CAMERA = times(turnAbout(0, 0.38), turnAbout(1, -0.5));
const REACH = 2.15; // half the canvas, in half volumes: the volume and some room for windows
const SOLID = { digit: 28, side: 32, thickness: 8 };
const BOARD = [SOLID.digit, SOLID.digit, SOLID.thickness].map((extent) => extent / SOLID.side);
const RADIUS_SQUARED = BOARD.reduce((sum, half) => sum + half * half, 0); // no ray further out meets it
const RAYS = 240; // along each side of the picture of the solid
const STEP = 1 / 32; // of a ray, in half volumes
const INK = 0.5; // where a digit is solid
const LIGHT = [-0.45, -0.6, -0.66]; // from where it comes, as the camera sees it

/** The edges of a box: pairs of its corners, numbered by the signs of x (1), y (2) and z (4). */
const EDGES = [0, 1, 2, 3, 4, 5, 6].flatMap((k) => [1, 2, 4].filter((bit) => !(k & bit)).map((bit) => [k, k | bit]));
const FAR = 7; // the corner at which the three walls meet

/** The walls: their first pixel's corner, and the directions of their columns and rows. */
const WALLS = [
  { at: [-1, -1, 1], across: [2, 0, 0], down: [0, 2, 0] }, // flattened along z: the back
  { at: [-1, 1, -1], across: [2, 0, 0], down: [0, 0, 2] }, // along y: the floor
  { at: [1, -1, -1], across: [0, 2, 0], down: [0, 0, 2] }, // along x: the side
];

/** Draws volumes on a canvas. */
export class Space {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.walls = WALLS.map(() => document.createElement("canvas"));
    this.solid = document.createElement("canvas");
    this.solid.width = this.solid.height = RAYS;
    this.pixels = this.solid.getContext("2d").createImageData(RAYS, RAYS);
  }

  /**
   * Draws the digit (28 x 28 levels) turned by `rotation`; on the walls the three flattened
   * pictures; and `window`, the eight corners of a network's window, or null.
   */
  draw({ digit, rotation, walls, window, colours }) {
    const ratio = globalThis.devicePixelRatio || 1;
    const side = Math.round(this.canvas.clientWidth * ratio);
    if (!side) return;
    if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    const { context } = this;
    Object.assign(this, { side, ratio });
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, side, side);
    WALLS.forEach((wall, k) => this.wall(wall, this.walls[k], walls[k]));
    const touches = (corner) => ([from, to]) => from === corner || to === corner;
    const front = EDGES.filter((edge) => !touches(FAR)(edge));
    this.edges(CUBE, EDGES.filter(touches(FAR)), { colour: colours.room, width: 1 });
    this.cast(digit, rotation);
    context.imageSmoothingEnabled = true;
    context.drawImage(this.solid, 0, 0, side, side);
    this.edges(CUBE, front, { colour: colours.room, width: 1 });
    if (window) this.window(window, colours.network);
  }

  /** The side of a box that is nearest to the viewer of its picture is drawn strongly. */
  window(corners, colour) {
    const isFront = ([from, to]) => !(from & 4) && !(to & 4);
    this.edges(corners, EDGES.filter((edge) => !isFront(edge)), { colour, width: 1.5, halo: true });
    this.edges(corners, EDGES.filter(isFront), { colour, width: 3, halo: true });
  }

  edges(corners, edges, { colour, width, halo = false }) {
    const { context, ratio } = this;
    const strokes = [...(halo ? [["rgba(10, 12, 16, 0.55)", width + 1.6]] : []), [colour, width]];
    context.lineCap = "round";
    for (const [style, wide] of strokes) {
      context.beginPath();
      for (const [from, to] of edges) {
        context.moveTo(...this.place(corners[from]));
        context.lineTo(...this.place(corners[to]));
      }
      context.strokeStyle = style;
      context.lineWidth = wide * ratio;
      context.stroke();
    }
  }

  /** A picture of (rows, columns) levels on a wall, each pixel a parallelogram. */
  wall({ at, across, down }, canvas, { data, shape: [height, width] }) {
    Object.assign(canvas, { width, height });
    const image = canvas.getContext("2d").createImageData(width, height);
    for (let k = 0; k < data.length; k++) {
      image.data.fill(data[k], 4 * k, 4 * k + 3);
      image.data[4 * k + 3] = 255;
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
    const [x, y] = this.place(at);
    const along = this.direction(across).map((length) => length / width);
    const below = this.direction(down).map((length) => length / height);
    const { context } = this;
    context.setTransform(...along, ...below, x, y);
    context.imageSmoothingEnabled = false;
    context.drawImage(canvas, 0, 0);
    context.setTransform(1, 0, 0, 1, 0, 0);
  }

  direction(vector) {
    const [x, y] = times(CAMERA, vector);
    return [x, y].map((length) => (length / REACH / 2) * this.side);
  }

  place(point) {
    return this.direction(point).map((length) => length + this.side / 2);
  }

  /** Paints the solid digit: a ray for each pixel, followed until it meets ink. */
  cast(digit, rotation) {
    const back = columnsOf(times(CAMERA, rotation)); // rows: from the camera's axes to the digit's
    const ahead = back.map((row) => row[2]);
    const lamp = times(back, LIGHT);
    const bytes = this.pixels.data;
    bytes.fill(0);
    const start = [0, 0, 0];
    const span = [0, 0];
    for (let row = 0; row < RAYS; row++) {
      const v = ((2 * row + 1) / RAYS - 1) * REACH;
      for (let column = 0; column < RAYS; column++) {
        const u = ((2 * column + 1) / RAYS - 1) * REACH;
        if (u * u + v * v > RADIUS_SQUARED) continue;
        for (let k = 0; k < 3; k++) start[k] = back[k][0] * u + back[k][1] * v;
        if (!cross(start, ahead, span)) continue;
        const level = follow(digit, start, ahead, span, lamp);
        if (level === 0) continue;
        const k = 4 * (row * RAYS + column);
        bytes[k] = 244 * level;
        bytes[k + 1] = 236 * level;
        bytes[k + 2] = 222 * level;
        bytes[k + 3] = 255;
      }
    }
    this.solid.getContext("2d").putImageData(this.pixels, 0, 0);
  }
}

/** Sets `span` to the lengths between which a ray is inside the board; whether it ever is. */
function cross(start, ahead, span) {
  let [low, high] = [-4, 4];
  for (let k = 0; k < 3; k++) {
    const slope = Math.abs(ahead[k]) < 1e-9 ? 1e-9 : ahead[k];
    const [a, b] = [(-BOARD[k] - start[k]) / slope, (BOARD[k] - start[k]) / slope];
    low = Math.max(low, Math.min(a, b));
    high = Math.min(high, Math.max(a, b));
  }
  [span[0], span[1]] = [low, high];
  return low < high;
}

/** How bright the ink is that a ray meets, from 0 to 1; 0 if it meets none. */
function follow(digit, start, ahead, span, lamp) {
  for (let t = span[0]; t < span[1]; t += STEP) {
    const [x, y] = [(start[0] + t * ahead[0]) / BOARD[0], (start[1] + t * ahead[1]) / BOARD[1]];
    if (inkAt(digit, x, y) < INK) continue;
    const isFace = t === span[0] && Math.abs(start[2] + t * ahead[2]) > BOARD[2] - 1e-6;
    const facing = isFace ? -Math.sign(ahead[2]) * lamp[2] : towards(digit, x, y, lamp);
    return 0.42 + 0.58 * Math.max(0, facing);
  }
  return 0;
}

/** The digit's level at (x, y) in [-1, 1], from 0 to 1, read bilinearly. */
function inkAt(digit, x, y) {
  const n = SOLID.digit;
  const [px, py] = [((x + 1) * n - 1) / 2, ((y + 1) * n - 1) / 2];
  const [left, top] = [Math.floor(px), Math.floor(py)];
  const [right, down] = [px - left, py - top];
  const at = (i, j) => (i >= 0 && j >= 0 && i < n && j < n ? digit[j * n + i] : 0);
  const upper = at(left, top) * (1 - right) + at(left + 1, top) * right;
  const lower = at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right;
  return (upper * (1 - down) + lower * down) / 255;
}

/** How far the digit's rim, at (x, y), faces the light: out of it, ink becomes less. */
function towards(digit, x, y, lamp) {
  const far = 2 / SOLID.digit;
  const across = inkAt(digit, x - far, y) - inkAt(digit, x + far, y);
  const down = inkAt(digit, x, y - far) - inkAt(digit, x, y + far);
  return (across * lamp[0] + down * lamp[1]) / (Math.hypot(across, down) || 1);
}
