// Tiles beside the clip: what each window samples, and the network's input.

import { make } from "../stage/dom.js";
import { LANES } from "../attention/lanes.js";

const GIVEN = "What the network is given: the middle square, made small";

/** Lays out a tile for each window; if `given`, one for the network's input, too. */
export function buildTiles(place, letters, given) {
  const canvases = letters.map(() => make("canvas", { class: "pixels", role: "img" }));
  const tiles = letters.map((letter, k) => {
    canvases[k].setAttribute("aria-label", `What window ${letter} reads`);
    return make("figure", {}, make("figcaption", {}, stroke(k), letter, make("span", { class: "word" }, "reads")), canvases[k]);
  });
  let input = null;
  if (given) {
    input = make("canvas", { class: "pixels", role: "img", "aria-label": GIVEN });
    tiles.push(make("figure", {}, make("figcaption", { title: GIVEN }, "Input"), input));
  }
  place.replaceChildren(...tiles);
  place.style.setProperty("--tiles", tiles.length);
  return { canvases, input };
}

/** A sample of lane k's line, as drawn on the clip. */
function stroke(k) {
  const canvas = make("canvas", { class: "stroke", width: 56, height: 12, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  const { colour, dash } = LANES[k];
  context.setLineDash(dash.map((length) => 2 * length));
  Object.assign(context, { strokeStyle: colour, lineWidth: 6 });
  context.beginPath();
  context.moveTo(0, 6);
  context.lineTo(56, 6);
  context.stroke();
  return canvas;
}
