// The request that opens a network at a transformer: the browser's side of InsideRequest.

import { VERSION } from "../stage/protocol.js";

const digits = (x) => Number(x.toFixed(6));

/** The part of a request that says which network, transformer and image. */
function subject(id, state) {
  const image = state.distortion
    ? {
        source: state.ink ? { ink: state.ink } : { digit: state.digit },
        distortion: { name: state.distortion, values: state.values, seed: state.seed },
      }
    : state.photo
      ? { photo: state.photo }
      : { picture: state.picture };
  return {
    version: VERSION,
    id,
    inside: state.network,
    lane: state.lane,
    tick: state.tick,
    ...image,
    theta: state.theta ? state.theta.map(digits) : null,
    sampler: state.sampler,
    label: state.label,
    want: state.want,
  };
}

/** The request for all that the page shows. */
export const insideRequest = (id, state) =>
  state.landscape ? { ...subject(id, state), landscape: state.landscape } : subject(id, state);

/** Whether two states show the same network on the same image. */
export const sameSubject = (one, other) =>
  JSON.stringify(subject(0, { ...one, ...ANY })) === JSON.stringify(subject(0, { ...other, ...ANY }));

const ANY = { theta: null, sampler: null, label: null, want: null };
