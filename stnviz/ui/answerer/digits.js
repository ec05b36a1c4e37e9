// The grey levels of digits: from the strip of ten that the page shows, else from the gallery.

import { DIGIT } from "../stage/geometry.js";
import { bytesAt } from "./bytes.js";

/** Knows the digits of every strip it has been given, and fetches the gallery when it needs more. */
export class Digits {
  /** `gallery` is the address of all digits: their grey levels one after another. */
  constructor(gallery) {
    this.gallery = gallery;
    this.known = new Map();
    this.some = (from, count) => this.all().then((levels) => digitsOf(levels, from, count));
  }

  /** Learns the digits of a strip: { indices, sprite }, their indices and a picture of all in a row. */
  adopt({ indices, sprite }) {
    const read = stripOf(sprite);
    indices.forEach((index, k) => this.known.set(index, read.then((strip) => digitOf(strip, k))));
  }

  /** Promises the grey levels of one digit. */
  one(index) {
    return this.known.get(index) ?? this.some(index, 1);
  }

  all() {
    this.fetched ??= bytesAt(this.gallery).then((bytes) => new Uint8Array(bytes));
    return this.fetched;
  }
}

const digitsOf = (levels, from, count) =>
  levels.subarray(from * DIGIT * DIGIT, (from + count) * DIGIT * DIGIT);

/** Promises the pixels of a grey picture: { levels, width }. */
async function stripOf(address) {
  const picture = new Image();
  picture.src = address;
  await picture.decode();
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const context = canvas.getContext("2d", { colorSpace: "srgb" });
  context.drawImage(picture, 0, 0);
  const { data } = context.getImageData(0, 0, picture.width, picture.height);
  return { levels: data.filter((_, k) => k % 4 === 0), width: picture.width };
}

function digitOf({ levels, width }, k) {
  return Uint8Array.from({ length: DIGIT * DIGIT }, (_, pixel) => {
    const [row, column] = [Math.floor(pixel / DIGIT), pixel % DIGIT];
    return levels[row * width + k * DIGIT + column];
  });
}
