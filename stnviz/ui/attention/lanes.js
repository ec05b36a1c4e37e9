// Transformers side by side: each has one colour and one dash, wherever it is drawn.

/** Bright enough to show on pictures; A to D as the theme names them. */
export const LANES = [
  { colour: "#58a6e0", rgb: [88, 166, 224], dash: [] },
  { colour: "#4fc29b", rgb: [79, 194, 155], dash: [9, 4] },
  { colour: "#b78be0", rgb: [183, 139, 224], dash: [3, 3] },
  { colour: "#d9a441", rgb: [217, 164, 65], dash: [12, 3, 3, 3] },
];

/** Put an (H, W, 3) array on a canvas of exactly that many pixels. */
export function paintColours(canvas, { data, shape }) {
  const [height, width] = shape;
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    image.data.set(data.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel);
    image.data[4 * pixel + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}
