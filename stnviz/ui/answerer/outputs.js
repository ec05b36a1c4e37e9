// Outputs of a graph as the live route sends them.

/** The first of a batch of one. */
export const firstOf = ({ data, shape }) => ({ data, shape: shape.slice(1) });

/** Pictures (N, C, H, W) in [0, 1] as bytes: (N, H, W) if they are grey, else (N, H, W, C). */
export function asBytes({ data, shape: [count, channels, height, width] }) {
  if (channels === 1) {
    return { data: Uint8ClampedArray.from(data, (level) => 255 * level), shape: [count, height, width] };
  }
  const levels = new Uint8ClampedArray(data.length);
  const plane = height * width;
  for (let at = 0, from = 0; from < data.length; from += channels * plane) {
    for (let pixel = 0; pixel < plane; pixel++) {
      for (let channel = 0; channel < channels; channel++) {
        levels[at++] = 255 * data[from + channel * plane + pixel];
      }
    }
  }
  return { data: levels, shape: [count, height, width, channels] };
}

/** Pose k by name, of outputs such as "pose.angle"; null if one of its numbers is not finite. */
export function poseOf(found, kind = "pose.", k = 0) {
  const named = Object.entries(found).filter(([name]) => name.startsWith(kind));
  const pose = Object.fromEntries(named.map(([name, { data }]) => [name.slice(kind.length), data[k]]));
  return Object.values(pose).every(Number.isFinite) ? pose : null;
}
