// Messages of the live route, version 1: the browser's side of stnviz/live/protocol.py.

export const VERSION = 1;
const ARRAYS = { uint8: Uint8Array, float32: Float32Array };

/** The request for the answers of `state.models` to the state's image. */
export function request(id, state) {
  return {
    version: VERSION,
    id,
    models: state.models,
    source: state.ink ? { ink: state.ink } : { digit: state.digit },
    distortion: {
      name: state.distortion,
      values: state.draw ? {} : state.values,
      seed: state.seed,
      draw: Boolean(state.draw),
    },
  };
}

/** Header and typed arrays of a binary answer. */
export function decode(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const text = new TextDecoder().decode(new Uint8Array(buffer, 4, length));
  const head = JSON.parse(text);
  const arrays = {};
  for (const { name, dtype, shape, offset } of head.arrays) {
    const count = shape.reduce((product, side) => product * side, 1);
    const data = new ARRAYS[dtype](buffer, 4 + length + offset, count);
    arrays[name] = { data, shape };
  }
  return { head, arrays };
}

/** Part k of an array along its first axis. */
export function part({ data, shape }, k) {
  const rest = shape.slice(1);
  const count = rest.reduce((product, side) => product * side, 1);
  return { data: data.subarray(k * count, (k + 1) * count), shape: rest };
}

/** The answers in base64 text: each a uint32 length and a message. */
export function decodeStored(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const answers = [];
  for (let at = 0; at < bytes.length; ) {
    const length = new DataView(bytes.buffer).getUint32(at, true);
    answers.push(decode(bytes.slice(at + 4, at + 4 + length).buffer));
    at += 4 + length;
  }
  return answers;
}
