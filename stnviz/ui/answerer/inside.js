// The Inside page's answers from graphs: what a digit network does, with any theta and any sampler.
//
// Three graphs (stnviz/onnx/inside.py), and the page's own sampler between them.

import { pullOn, sampledBy } from "../inside/kernels.js";
import { decode } from "../stage/protocol.js";
import { bytesAt } from "./bytes.js";
import { DistortedDigits } from "./distorted.js";
import { asBytes, firstOf, poseOf } from "./outputs.js";

/** Answers as the engine's (stnviz/live/inside.py), for the networks that it has been told of. */
export class InsideAnswers extends DistortedDigits {
  networks = new Map();
  openings = new Map(); // by address
  classes = new Map(); // of digits that have been offered

  /**
   * Learns of a network: the addresses of its graphs { look, grid, read }, and of an answer on the
   * first digit, for what is the same on every other.
   */
  adopt(network, graphs, opening) {
    this.networks.set(network, { graphs, opening });
  }

  /** Learns of ten digits, one of each class in their order. */
  meet({ indices, sprite }) {
    this.digits.adopt({ indices, sprite });
    indices.forEach((index, label) => this.classes.set(index, label));
  }

  graphs({ network }) {
    return Object.values(this.networks.get(network).graphs);
  }

  /** Promises the answer, or rows of a landscape. */
  async answer(state, run) {
    const { graphs, opening } = this.networks.get(state.network);
    const network = new GraphNetwork(graphs, await this.opening(opening), run);
    const looked = await this.look(state, network);
    const asked = network.settle(state, looked);
    return state.landscape ? network.landscape(state.landscape, asked, looked) : network.answer(state, asked, looked);
  }

  /** Promises what a network does with the first digit. */
  async opening(address) {
    if (!this.openings.has(address)) this.openings.set(address, decode(await bytesAt(address)));
    return this.openings.get(address);
  }

  /** Promises what follows from the image alone; the last is kept. */
  async look(state, network) {
    const { ink, digit, distortion, values, seed } = state;
    const key = JSON.stringify([state.network, ink ?? digit, distortion, values, seed]);
    if (this.looked?.key !== key) {
      const inputs = await this.inputs(state, network.height);
      const looked = await network.look(inputs);
      const label = ink ? null : (this.classes.get(digit) ?? null);
      this.looked = { key, ...looked, label, values: this.values(state) };
    }
    return this.looked;
  }
}

/** One network by its graphs: `run` takes jobs, and promises their outputs. */
class GraphNetwork {
  constructor(graphs, { head, arrays }, run) {
    Object.assign(this, { addresses: graphs, head, constants: arrays, run });
    [, this.height, this.width] = arrays.input.shape;
  }

  /** Promises the image, theta and what led to it, and what the network reads with and without its warp. */
  async look(inputs) {
    const [found] = await this.run([{ graph: this.addresses.look, inputs }]);
    const own = firstOf(found.theta);
    const input = firstOf(found.image);
    const thetas = [own.data, Float32Array.from(this.head.identity)];
    const grids = await this.grids(thetas);
    const sampler = this.sampler(this.head.own_sampler);
    const reads = await this.reads(grids.map(({ grid }) => sampledBy(input, firstOf(grid), sampler)), 0);
    const [probabilities, plain] = reads.map((one) => firstOf(one.probabilities));
    return { found, input, own, grid: grids[0], probabilities, plain };
  }

  /** Theta, sampler and the class whose loss is asked for. */
  settle({ theta, sampler, label }, { own, probabilities, label: known }) {
    if (theta && theta.length !== own.data.length) throw new Error(`${this.head.transform} has ${own.data.length} numbers.`);
    const classes = probabilities.data.length;
    if (label >= classes) throw new Error(`Choose one of ${classes} classes.`);
    const likely = probabilities.data.indexOf(Math.max(...probabilities.data));
    return {
      theta: theta ? Float32Array.from(theta) : own.data,
      sampler: sampler ?? this.head.own_sampler,
      label: label ?? known ?? likely,
    };
  }

  async answer({ theta: edited, network }, { theta, sampler, label }, looked) {
    const { found, input, own, probabilities, plain } = looked;
    const [placed] = edited ? await this.grids([theta]) : [looked.grid];
    const grid = firstOf(placed.grid);
    const how = this.sampler(sampler);
    const output = sampledBy(input, grid, how);
    const [read] = await this.reads([output], label);
    const wanted = firstOf(read.output_gradient);
    const pull = pullOn(input, grid, how, wanted);
    const [back] = await this.grids([theta], pull);
    const { layers, arrays } = this.layers(found);
    return {
      head: {
        ...this.head, network, layers, sampler, edited: Boolean(edited), labels: [label], known: looked.label !== null,
        loss: read.loss.data[0], pose: poseOf(placed), own_pose: poseOf(looked.grid), values: looked.values,
        opencv: placed.opencv ? rowsOf(firstOf(placed.opencv)) : null,
      },
      arrays: {
        ...arrays, input, own, probabilities, plain, grid, output,
        image: firstOf(asBytes(found.image)), theta: { data: theta, shape: [theta.length] },
        features: firstOf(found.features), weight: this.constants.weight, bias: this.constants.bias,
        lattice: firstOf(placed.lattice), own_lattice: firstOf(looked.grid.lattice), pushed: firstOf(placed.pushed),
        answer: firstOf(read.probabilities), output_gradient: wanted, grid_gradient: pull,
        theta_gradient: firstOf(back.theta_gradient),
        ...(found.yours.data.every(Number.isFinite) ? { yours: firstOf(found.yours) } : {}),
      },
    };
  }

  /** Rows of the losses around theta: the first axis lies along a row. */
  async landscape({ axes, low, high, count, rows }, { theta, sampler, label }, { input }) {
    const at = (axis, k) => low[axis] + (k * (high[axis] - low[axis])) / (count - 1);
    const thetas = rows.flatMap((row) =>
      Array.from({ length: count }, (_, column) => {
        const moved = Float32Array.from(theta);
        moved[axes[0]] = at(0, column);
        moved[axes[1]] = at(1, row);
        return moved;
      }),
    );
    const grids = await this.grids(thetas, null, ["grid"]);
    const how = this.sampler(sampler);
    const reads = await this.reads(grids.map(({ grid }) => sampledBy(input, firstOf(grid), how)), label, ["loss"]);
    const losses = Float32Array.from(reads, ({ loss }) => loss.data[0]);
    return { head: { rows, count, axes }, arrays: { losses: { data: losses, shape: [rows.length, count] } } };
  }

  /** Promises where thetas lead; and back, from the gradient with respect to the grid. */
  grids(thetas, pull, outputs) {
    const [, rows, columns] = this.constants.output.shape;
    const data = pull?.data ?? new Float32Array(2 * rows * columns);
    return this.run(
      thetas.map((theta) => ({
        graph: this.addresses.grid, outputs,
        inputs: { theta: { data: theta, shape: [1, theta.length] }, pull: { data, shape: [1, rows, columns, 2] } },
      })),
    );
  }

  /** Promises what the network makes of sampled images, and the loss of a class. */
  reads(images, label, outputs) {
    const classes = this.constants.probabilities.shape[0];
    const wanted = { data: Float32Array.from({ length: classes }, (_, k) => Number(k === label)), shape: [1, classes] };
    return this.run(
      images.map(({ data, shape }) => ({
        graph: this.addresses.read, outputs, inputs: { output: { data, shape: [1, ...shape] }, wanted },
      })),
    );
  }

  /** A sampler as the kernels take it. */
  sampler({ kernel, padding, align_corners: corners }) {
    return { width: this.width, height: this.height, kernel, padding, corners };
  }

  /** The layers of the localisation network: what is said of them, and their values as bytes. */
  layers(found) {
    const arrays = {};
    const layers = this.head.layers.map((layer, k) => {
      const { data, shape } = found[`layer${k}`];
      const [low, high] = [Math.min(...data), Math.max(...data)];
      const span = Math.max(high - low, 1e-9);
      arrays[`layer${k}`] = { data: Uint8ClampedArray.from(data, (value) => (255 * (value - low)) / span), shape };
      return { ...layer, low, high };
    });
    return { layers, arrays };
  }
}

/** A matrix as a list of rows. */
const rowsOf = ({ data, shape: [rows, columns] }) =>
  Array.from({ length: rows }, (_, row) => [...data.subarray(row * columns, (row + 1) * columns)]);
