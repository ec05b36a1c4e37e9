// The Play page's answers from graphs: what a state needs of them, and the answer they make.

import { DIGIT } from "../stage/geometry.js";
import { asBytes, firstOf, poseOf } from "./outputs.js";
import { overlay } from "./overlay.js";
import { Generator } from "./random.js";

const SLACK = 1e-3; // of a range that a value may lie outside of it

/** Answers as the engine's (stnviz/live/engine.py), for the distortions and models it has been told. */
export class PlayAnswers {
  /** `digits` promises grey levels: one(index) of a digit, some(from, count) of the gallery. */
  constructor(digits) {
    this.digits = digits;
    this.distortions = new Map();
    this.models = new Map();
  }

  /** Learns of a distortion with its controls, and of models, as the page's data describe them. */
  adopt({ distortion, models }) {
    this.distortions.set(distortion.name, distortion);
    for (const model of models) {
      const graphs = { ...this.models.get(model.name)?.graphs, [distortion.name]: model.graph };
      this.models.set(model.name, { ...model, graphs });
    }
  }

  graphs(state) {
    return state.models.map((name) => this.models.get(name).graphs[state.distortion]);
  }

  /** Promises what is asked of the graphs: they get the same inputs. */
  async jobs(state) {
    const values = this.values(state);
    const { canvas } = this.models.get(state.models[0]);
    const row = Object.values(values);
    const inputs = {
      digit: { data: await this.clean(state), shape: [1, 1, DIGIT, DIGIT] },
      values: { data: Float32Array.from(row), shape: [1, row.length] },
      ...(await this.overlay(state.seed, values, canvas)),
    };
    return this.graphs(state).map((graph) => ({ graph, inputs }));
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

  /** The answer, as the live route's: a header and arrays. */
  answer(results, state) {
    const values = this.values(state);
    const [{ input, yours }] = results;
    const arrays = { input: firstOf(asBytes(input)) };
    if (yours.data.every(Number.isFinite)) arrays.yours = firstOf(yours);
    const rows = results.map((result, k) => {
      const model = this.models.get(state.models[k]);
      const row = { model: model.name, outside: this.outside(values, state.distortion, model) };
      arrays[`${k}.probabilities`] = firstOf(result.probabilities);
      if (!result.theta) return row;
      for (const name of ["theta", "lattice", "composed"]) arrays[`${k}.${name}`] = firstOf(result[name]);
      arrays[`${k}.output`] = firstOf(asBytes(result.output));
      const pose = result.theta.data.every(Number.isFinite) ? poseOf(result) : null;
      return { ...row, transform: model.transform, pose };
    });
    return { head: { lattice: Math.sqrt(yours.data.length / 2), values, rows }, arrays };
  }

  /** A sentence for each value outside the range that a model was trained on. */
  outside(values, distortion, { ranges }) {
    const { controls } = this.distortions.get(distortion);
    return controls.flatMap((control) => {
      const { name, label, low, high } = control;
      const [from, to] = rangeOf(control, ranges);
      const slack = SLACK * (high - low);
      const value = values[name];
      if (from - slack <= value && value <= to + slack) return [];
      const [found, first, last] = [value, from, to].map((one) => withUnit(control, one));
      const trained = from === to ? `only ${first}` : `${first} to ${last}`;
      return [`${label} ${found} is outside its training (${trained})`];
    });
  }
}

/** Grey levels of 0 to 255 in [0, 1]. */
function asShares(levels) {
  const shares = new Float32Array(levels.length);
  for (let k = 0; k < levels.length; k++) shares[k] = levels[k] / 255;
  return shares;
}

/** The range of a value in training, by name in `ranges`; what it lacks stayed as it was. */
export const rangeOf = ({ name, default: still }, ranges) => ranges[name] ?? [still, still];

const drawnFrom = ({ low, high, sigma }, random) =>
  sigma ? sigma * random.normal() : low + (high - low) * random.uniform();

const withUnit = ({ factor, decimals, sign }, value) =>
  `${(value * factor).toFixed(decimals)}${sign}`.replace("-", "\u2212");

/** The grey levels of a drawn digit: two pixels a byte, as base64url. */
function inkLevels(ink) {
  const bytes = atob(ink.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from({ length: DIGIT * DIGIT }, (_, k) => {
    const pair = bytes.charCodeAt(k >> 1);
    return 17 * (k % 2 ? pair & 15 : pair >> 4);
  });
}
