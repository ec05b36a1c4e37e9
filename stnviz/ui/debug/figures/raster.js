// Arrays as small canvases of one pixel a value, which are enlarged without smoothing.

/** The canvas of an image (H, W) or (H, W, 3) of bytes; pixels that are `missing` are marked. */
export function imageRaster({ data, shape }, missing) {
  const [height, width, channels = 1] = shape;
  return raster(width, height, (k) => {
    if (missing?.data[k]) return (Math.floor(k / width) + k) % 2 ? [120, 104, 128] : [176, 156, 186];
    if (channels === 1) return [data[k], data[k], data[k]];
    return [data[3 * k], data[3 * k + 1], data[3 * k + 2]];
  });
}

/** The canvas of a map (h, w) of values, or of (h, w, 2) of pairs, and which cells are flagged. */
export function mapRaster({ data, shape }, scale) {
  const [height, width, parts = 1] = shape;
  const value = parts === 1 ? (k) => data[k] : (k) => [data[parts * k], data[parts * k + 1]];
  const canvas = raster(width, height, (k) => scale.colour(value(k)));
  return { canvas, runs: flaggedRuns(width, height, (k) => scale.flagged(value(k))) };
}

function raster(width, height, colour) {
  const canvas = new OffscreenCanvas(Math.max(width, 1), Math.max(height, 1));
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  for (let k = 0; k < width * height; k++) {
    const [red, green, blue] = colour(k);
    image.data.set([red, green, blue, 255], 4 * k);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Flagged cells, as runs [row, first, length] along the rows. */
function flaggedRuns(width, height, flagged) {
  const runs = [];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (!flagged(row * width + column)) continue;
      const first = column;
      while (column + 1 < width && flagged(row * width + column + 1)) column++;
      runs.push([row, first, column - first + 1]);
    }
  }
  return runs;
}

/** A layer of a figure: a canvas enlarged to the rectangle [x0, y0, x1, y1]. */
export const imageLayer = (canvas, [x0, y0, x1, y1]) => (pen) => {
  const [left, top] = pen.at(x0, y0);
  const [right, bottom] = pen.at(x1, y1);
  pen.context.imageSmoothingEnabled = false;
  pen.context.drawImage(canvas, left, top, right - left, bottom - top);
};

/** A layer that hatches flagged cells of a map of width w and height h over a rectangle. */
export const hatchLayer = (runs, [w, h], [x0, y0, x1, y1], colour) => (pen) => {
  if (!runs.length) return;
  const { context, unit } = pen;
  context.save();
  context.beginPath();
  for (const [row, first, length] of runs) {
    const [left, top] = pen.at(x0 + ((x1 - x0) * first) / w, y0 + ((y1 - y0) * row) / h);
    const [right, bottom] = pen.at(x0 + ((x1 - x0) * (first + length)) / w, y0 + ((y1 - y0) * (row + 1)) / h);
    context.rect(left, top, right - left, bottom - top);
  }
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = unit;
  context.beginPath();
  const { width, height } = context.canvas;
  for (let at = -height; at < width; at += 5 * unit) {
    context.moveTo(at, height);
    context.lineTo(at + height, 0);
  }
  context.stroke();
  context.restore();
};
