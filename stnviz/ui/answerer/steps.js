// The Steps page's answers from graphs: what an edited image needs of them, and the answer they make.

import { decode } from "../stage/protocol.js";
import { bytesAt } from "./bytes.js";
import { asBytes, firstOf, poseOf } from "./outputs.js";

const KEPT = 50; // images whose ingredients are kept

/** Answers as the engine's (stnviz/live/step_traces.py), for the networks that it has been told of. */
export class StepsAnswers {
  constructor() {
    this.networks = new Map();
    this.pictures = new Map();
  }

  /**
   * Learns of a network: the address of its graph, that of its images, in which {} stands for the
   * number, and a step trace, for what is the same in all of them.
   */
  adopt(network, graph, pictures, trace) {
    this.networks.set(network, { graph, pictures, trace });
  }

  graphs({ network }) {
    return [this.networks.get(network).graph];
  }

  /** Promises the answer. */
  async answer(state, run) {
    const given = await this.ingredients(state);
    const [found] = await run([this.job(state, given)]);
    return this.made(found, state, given.head);
  }

  /** What is asked of the graph. */
  job({ network, handles, distractors }, { head, arrays }) {
    const inputs = { ...arrays };
    if (handles) inputs.handles = { data: Float32Array.from(handles.flat()), shape: [1, handles.length, 2] };
    if (head.distractors !== null) {
      inputs.distractors = { data: Float32Array.of(distractors ?? head.distractors), shape: [1] };
    }
    return { graph: this.networks.get(network).graph, inputs };
  }

  /** Promises what an image is drawn from. */
  async ingredients({ network, picture }) {
    const address = this.networks.get(network).pictures.replace("{}", picture);
    if (!this.pictures.has(address)) {
      const message = decode(await bytesAt(address));
      if (this.pictures.size >= KEPT) this.pictures.clear();
      this.pictures.set(address, message);
    }
    return this.pictures.get(address);
  }

  /** The answer, as the live route's; throws a sentence where no image can be drawn. */
  made(found, { network, picture, distractors }, given) {
    if (!found.valid.data[0]) throw new Error(given.refusal);
    const { head, arrays } = this.networks.get(network).trace;
    const ticks = found.lattices?.shape[0] ?? 0;
    const poses = posesOf(found, "pose.", ticks);
    const told = found.off ? tellOff([...found.off.data]) : tellDigits(given.labels, found);
    return {
      head: {
        ...head, ...told, picture, ticks, poses, count: given.count, can_sharpen: false,
        own_poses: found.own ? posesOf(found, "own_pose.", ticks) : poses,
        distractors: given.distractors === null ? null : (distractors ?? given.distractors),
        moved: [...(found.moved?.data ?? [])],
      },
      arrays: {
        picture: asBytes(found.picture), handles: found.arranged, frames: found.frames,
        start: found.start ? firstOf(found.start) : arrays.start,
        lattices: found.lattices ?? arrays.lattices,
        own: found.own ?? found.lattices ?? arrays.own,
        outputs: found.outputs ? asBytes(found.outputs) : arrays.outputs,
        ...layersOf(found),
      },
    };
  }
}

/** The pose after each step, by name; null where it is not finite. */
const posesOf = (found, kind, ticks) =>
  Array.from({ length: ticks }, (_, k) => poseOf(found, kind, k));

/** Background and foreground of a composite, each with its colours last. */
function layersOf({ layers }) {
  if (!layers) return {};
  const [, , height, width] = layers.shape;
  const cut = 3 * height * width;
  const background = { data: layers.data.subarray(0, cut), shape: [1, 3, height, width] };
  const foreground = { data: layers.data.subarray(cut), shape: [1, 4, height, width] };
  return { background: asBytes(background), foreground: asBytes(foreground) };
}

/** Predicted digits in words: after each step, or at each place; the places in order from the left. */
function tellDigits(labels, { probabilities: { data, shape }, arranged }) {
  const across = (k) => arranged.data[2 * k];
  const several = labels.length > 1;
  const shown = several ? labels.map((_, k) => k).toSorted((a, b) => across(a) - across(b)).map((k) => labels[k]) : labels;
  const [count, classes] = shape;
  const rows = Array.from({ length: count }, (_, k) => {
    const shares = data.subarray(k * classes, (k + 1) * classes);
    const share = Math.max(...shares);
    const one = shares.indexOf(share);
    return { one, share, correct: one === shown[several ? k : 0] };
  });
  const predictions = rows.map(({ one, share, correct }, k) => ({
    label: `${one}  ${percent(share)}`,
    sentence: `Step ${k + 1} reads ${one}, ${percent(share)} sure.`,
    correct,
  }));
  const last = several ? rows : rows.slice(-1);
  const label = last.map(({ one }) => one).join(" ");
  const share = last.reduce((product, row) => product * row.share, 1);
  const these = `${several ? "These" : "This"} ${shown.join(" ")} ${several ? "are" : "is"}`;
  const sentence = `${these} read as ${label}, ${percent(share)} sure.`;
  return { predictions, whole: { label, sentence, correct: last.every(({ correct }) => correct) } };
}

const FAR = 0.11; // half pictures off, above which glasses are not on the eyes

/** How far glasses are off, in words: after each step, and from start to end. */
function tellOff(off) {
  const predictions = off.slice(1).map((far, k) => ({
    label: `off by ${far.toFixed(2)}`,
    sentence: `After step ${k + 1} they are off by ${far.toFixed(2)} half pictures.`,
    correct: far <= FAR,
  }));
  const [first, last] = [off[0], off.at(-1)];
  const sentence = `The glasses begin ${first.toFixed(2)} half pictures off the eyes and end ${last.toFixed(2)} off.`;
  return { predictions, whole: { ...predictions.at(-1), sentence } };
}

const percent = (share) => `${(100 * share).toFixed(0)} %`;
