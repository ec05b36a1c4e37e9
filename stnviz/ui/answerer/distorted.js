// A distorted digit as the inputs of a graph, the same as stnviz/live/distorted_input.py makes.

import { DIGIT } from "../stage/geometry.js";
import { overlay } from "./overlay.js";
import { Generator } from "./random.js";

/** Makes inputs for the distortions that it has been told. */
export class DistortedDigits {
  /** `digits` promises grey levels: one(index) of a digit, some(from, count) of the gallery. */
  constructor(digits) {
    this.digits = digits;
    this.distortions = new Map();
  }

  /** Learns of a distortion with its controls. */
  learn(distortion) {
    this.distortions.set(distortion.name, distortion);
  }

  /** Promises the inputs of a graph, for a canvas of so many pixels. */
  async inputs(state, canvas) {
    const values = this.values(state);
    const row = Object.values(values);
    return {
      digit: { data: await this.clean(state), shape: [1, 1, DIGIT, DIGIT] },
      values: { data: Float32Array.from(row), shape: [1, row.length] },
      ...(await this.overlay(state.seed, values, canvas)),
    };
  }

  /** Promises the clean digit in [0, 1]; the last one is kept, while a hand distorts it. */
  async clean({ ink, digit }) {
    const key = ink ?? digit;
    if (this.cleaned?.key !== key) {
      const levels = ink ? inkLevels(ink) : await this.digits.one(digit);
      this.cleaned = { key, data: asShares(levels) };
    }
    return this.cleaned.data;
  }

  /** Promises what is random; the last is kept, while a hand changes other values. */
  async overlay(seed, { clutter, noise }, canvas) {
    const key = [seed, clutter, noise > 0, noise === undefined, canvas].join();
    if (this.overlaid?.key !== key) {
      const values = Object.fromEntries(Object.entries({ clutter, noise }).filter(([, value]) => value !== undefined));
      this.overlaid = { key, inputs: await overlay(new Generator(seed), values, canvas, this.digits.some) };
    }
    return this.overlaid.inputs;
  }

  /** The values of a distortion in the order of its controls; drawn from the seed if that is asked. */
  values({ distortion, values, seed, draw }) {
    const random = new Generator(seed);
    const found = {};
    for (const { name, low, high, default: still, law } of this.distortions.get(distortion).controls) {
      const value = draw ? Math.fround(drawnFrom(law, random)) : (values[name] ?? still);
      found[name] = Math.min(Math.max(value, low), high);
    }
    return found;
  }
}

/** Grey levels of 0 to 255 in [0, 1]. */
function asShares(levels) {
  const shares = new Float32Array(levels.length);
  for (let k = 0; k < levels.length; k++) shares[k] = levels[k] / 255;
  return shares;
}

const drawnFrom = ({ low, high, sigma }, random) =>
  sigma ? sigma * random.normal() : low + (high - low) * random.uniform();

/** The grey levels of a drawn digit: two pixels a byte, as base64url. */
function inkLevels(ink) {
  const bytes = atob(ink.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from({ length: DIGIT * DIGIT }, (_, k) => {
    const pair = bytes.charCodeAt(k >> 1);
    return 17 * (k % 2 ? pair & 15 : pair >> 4);
  });
}
