// The address of the static pages of digits, in the words of the app's links (stnviz/live/links.py).

const CLOSE = 1e-4;
const DRAWING = /^[\w-]{523}$/; // 392 bytes as base64url

/** The state that an address names, and a sentence for each part of it that cannot be used. */
export function stateOf(query, site) {
  const troubles = [];
  const found = {};
  const known = Object.keys(site.distortions);
  const name = query.get("data");
  if (name in site.distortions) found.distortion = name;
  else if (name !== null) troubles.push(`The link names other data than ${known.join(", ")}.`);
  Object.assign(found, digitIn(query, site, troubles));
  const landing = site.landing && Object.keys(found).length === 0 && !query.get("models");
  if (landing) return { state: { ...site.landing }, troubles, landing: true };

  const distortion = found.distortion ?? (site.landing?.distortion || known[0]);
  const { controls, first } = site.distortions[distortion];
  const wanted = query.get("models")?.split(",").filter(Boolean) ?? [];
  const models = usable(wanted, distortion, site);
  if (models.length < wanted.length) troubles.push("Some networks of the link are not on this site.");
  const values = valuesIn(query, controls, troubles);
  const state = {
    distortion, models: models.length ? models : first, digit: found.digit ?? site.landing?.digit ?? 0,
    ink: found.ink ?? null, values, seed: found.seed ?? 0,
  };
  return { state, troubles, landing: false };
}

/** The digit, the seed and the drawing that an address names; `troubles` gets a sentence for what is impossible. */
export function digitIn(query, site, troubles) {
  const found = {};
  for (const [part, largest] of Object.entries({ digit: site.digits, seed: 2 ** 31 })) {
    const text = query.get(part);
    if (text === null) continue;
    const known = Number(text) < largest || (part === "digit" && site.thumbs.indices.includes(Number(text)));
    if (/^\d{1,10}$/.test(text) && known) found[part] = Number(text);
    else troubles.push(`The link's ${part} must be a whole number from 0 to ${largest - 1}.`);
  }
  const ink = query.get("ink");
  if (DRAWING.test(ink)) found.ink = ink;
  else if (ink !== null) troubles.push("The link's drawing is damaged.");
  return found;
}

/** The values of a distortion that an address names. */
export function valuesIn(query, controls, troubles) {
  const values = {};
  for (const { name, low, high } of controls) {
    const text = query.get(name);
    if (text === null) continue;
    const value = text.trim() ? Number(text) : NaN;
    if (low - CLOSE <= value && value <= high + CLOSE) values[name] = Math.min(Math.max(value, low), high);
    else troubles.push(`The link's ${name} must be a number from ${low} to ${high}.`);
  }
  return values;
}

/** Those of `wanted` that take a distortion's pictures, in the size of the first of them. */
export function usable(wanted, distortion, site) {
  const fitting = site.distortions[distortion].models;
  const kept = [...new Set(wanted)].filter((name) => fitting.includes(name));
  const size = (name) => site.models[name].canvas;
  return kept.filter((name) => size(name) === size(kept[0])).slice(0, site.most);
}
