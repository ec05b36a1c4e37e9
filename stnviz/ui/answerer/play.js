// The Play page's answers from graphs: what a state needs of them, and the answer they make.

import { DistortedDigits } from "./distorted.js";
import { asBytes, firstOf, poseOf } from "./outputs.js";

const SLACK = 1e-3; // of a range that a value may lie outside of it

/** Answers as the engine's (stnviz/live/engine.py), for the distortions and models it has been told. */
export class PlayAnswers extends DistortedDigits {
  models = new Map();

  /** Learns of a distortion with its controls, and of models, as the page's data describe them. */
  adopt({ distortion, models }) {
    this.learn(distortion);
    for (const model of models) {
      const graphs = { ...this.models.get(model.name)?.graphs, [distortion.name]: model.graph };
      this.models.set(model.name, { ...model, graphs });
    }
  }

  graphs(state) {
    return state.models.map((name) => this.models.get(name).graphs[state.distortion]);
  }

  /** Promises the answer. */
  async answer(state, run) {
    return this.made(await run(await this.jobs(state)), state);
  }

  /** Promises what is asked of the graphs: they get the same inputs. */
  async jobs(state) {
    const { canvas } = this.models.get(state.models[0]);
    const inputs = await this.inputs(state, canvas);
    return this.graphs(state).map((graph) => ({ graph, inputs }));
  }

  /** The answer, as the live route's: a header and arrays. */
  made(results, state) {
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

/** The range of a value in training, by name in `ranges`; what it lacks stayed as it was. */
export const rangeOf = ({ name, default: still }, ranges) => ranges[name] ?? [still, still];

const withUnit = ({ factor, decimals, sign }, value) =>
  `${(value * factor).toFixed(decimals)}${sign}`.replace("-", "\u2212");

