// Outputs of a graph as the live route sends them.

/** The first of a batch of one. */
export const firstOf = ({ data, shape }) => ({ data, shape: shape.slice(1) });

/**
 * Pictures (N, C, H, W) in [0, 1] as bytes: (N, H, W) if they are grey, else (N, H, W, C). A plain loop:
 * `Uint8ClampedArray.from` with a function takes ten times as long.
 */
export function asBytes({ data, shape: [count, channels, height, width] }) {
  const levels = new Uint8ClampedArray(data.length);
  const plane = height * width;
  for (let at = 0, from = 0; from < data.length; from += channels * plane) {
    for (let pixel = from; pixel < from + plane; pixel++) {
      for (let channel = 0; channel < channels; channel++) levels[at++] = 255 * data[pixel + channel * plane];
    }
  }
  return { data: levels, shape: channels === 1 ? [count, height, width] : [count, height, width, channels] };
}

/** Pose k by name, of outputs such as "pose.angle"; null if one of its numbers is not finite. */
export function poseOf(found, kind = "pose.", k = 0) {
  const named = Object.entries(found).filter(([name]) => name.startsWith(kind));
  const pose = Object.fromEntries(named.map(([name, { data }]) => [name.slice(kind.length), data[k]]));
  return Object.values(pose).every(Number.isFinite) ? pose : null;
}
