// Colour scales of maps: values to colours, in the light and in the dark theme.

/** Colours between which a scale runs, from its low end to its high one. */
const RAMPS = {
  light: {
    area: [[27, 94, 140], [112, 168, 205], [240, 238, 231], [203, 164, 92], [128, 84, 20]],
    counts: [[236, 233, 225], [159, 199, 224], [74, 139, 190], [22, 74, 122], [10, 38, 70]],
    outside: [[240, 238, 231], [193, 168, 216], [138, 95, 181], [84, 48, 128], [48, 22, 84]],
  },
  dark: {
    area: [[120, 190, 236], [66, 112, 148], [44, 48, 56], [150, 116, 54], [226, 178, 92]],
    counts: [[38, 42, 49], [34, 82, 120], [52, 128, 184], [120, 190, 236], [222, 240, 252]],
    outside: [[44, 48, 56], [92, 66, 124], [138, 98, 184], [186, 150, 226], [232, 214, 250]],
  },
};
const FOLDED = { light: [166, 61, 47], dark: [224, 128, 111] };
const MISSING = { light: [190, 186, 178], dark: [84, 88, 96] };

const MOST_POWERS = 4; // of two, at either end of the scale of areas

/** The colour at a share from 0 to 1 of a ramp. */
function between(ramp, share) {
  const at = Math.min(Math.max(share, 0), 1) * (ramp.length - 1);
  const k = Math.min(Math.floor(at), ramp.length - 2);
  return ramp[k].map((low, part) => Math.round(low + (at - k) * (ramp[k + 1][part] - low)));
}

/** The scale of Jacobian determinants: log2 of the input pixels that an output pixel covers. */
export function areaScale(theme, areas) {
  const ramp = RAMPS[theme].area;
  let most = 1;
  for (const area of areas) if (area > 0) most = Math.max(most, Math.ceil(Math.abs(Math.log2(area)) - 0.01));
  most = Math.min(most, MOST_POWERS);
  const ends = [-1, -0.5, 0.5, 1].map((share) => share * most).filter(Number.isInteger);
  return {
    colour: (area) => {
      if (!Number.isFinite(area)) return MISSING[theme];
      if (area < 0) return FOLDED[theme];
      return between(ramp, (Math.log2(Math.max(area, 1e-9)) / most + 1) / 2);
    },
    at: (share) => between(ramp, share),
    ticks: [...ends, 0].map((power) => [(power / most + 1) / 2, power < 0 ? `1/${2 ** -power}` : String(2 ** power)]),
    flagged: (area) => area < 0,
  };
}

/** The scale of counts: logarithmic, so that one read and many are told apart. */
export function countScale(theme, most) {
  const ramp = RAMPS[theme].counts;
  const high = Math.max(2 ** Math.ceil(Math.log2(Math.max(most, 1))), 2);
  const share = (count) => Math.log2(1 + count) / Math.log2(1 + high);
  const ticks = [0, 1, ...(high > 4 ? [Math.round(Math.sqrt(high))] : []), high];
  return {
    colour: (count) => between(ramp, share(count)),
    at: (part) => between(ramp, part),
    ticks: [...new Set(ticks)].map((count) => [share(count), String(count)]),
    flagged: (count) => count < 0.001,
  };
}

/** The scale of the distance outside, in pixels. */
export function outsideScale(theme, most) {
  const ramp = RAMPS[theme].outside;
  const high = Math.max(2 ** Math.ceil(Math.log2(Math.max(most, 1))), 2);
  const share = (far) => Math.log2(1 + far) / Math.log2(1 + high);
  return {
    colour: (far) => (Number.isFinite(far) ? between(ramp, far > 0 ? 0.2 + 0.8 * share(far) : 0) : MISSING[theme]),
    at: (part) => between(ramp, part < 0.02 ? 0 : 0.2 + 0.8 * part),
    ticks: [[0, "inside"], [1, `${high} px`]],
    flagged: () => false,
  };
}

/** The colour of a displacement: its hue says where to, its strength how far. */
export function flowScale(theme, most) {
  const ground = RAMPS[theme].area[2];
  const colour = ([x, y]) => {
    if (!Number.isFinite(x) || !Number.isFinite(y)) return MISSING[theme];
    const far = Math.min(Math.hypot(x, y) / Math.max(most, 1e-6), 1);
    const pure = hue(Math.atan2(y, x));
    return ground.map((low, part) => Math.round(low + far * (pure[part] - low)));
  };
  return { colour, wheel: most, flagged: () => false };
}

/** A bright colour for each direction, as on the wheel of optical flow. */
function hue(angle) {
  return [0, 2, 4].map((turn) => {
    const wave = Math.cos(angle - (turn * Math.PI) / 3);
    return Math.round(255 * Math.min(Math.max(0.5 + 0.62 * wave, 0.06), 0.94));
  });
}

/** The colour of a weight from 0 to the largest: bright where much is read. */
export function weightColour(share) {
  return `rgb(${between([[72, 84, 104], [88, 166, 224], [222, 240, 252]], share).join(", ")})`;
}
