// The third step: theta, edited by hand or by the network, and where each output pixel looks.

import { Figure } from "../debug/figures/figure.js";
import { imageLayer, imageRaster } from "../debug/figures/raster.js";
import { button, make } from "../stage/dom.js";
import { LATTICE_COLOURS } from "../stage/theme.js";
import { asShades } from "./opened.js";
import { MOST_MARGIN, Pictures, dotsLayer, viewBoxOf } from "./pictures.js";
import { SamplerChoice } from "./sampler_choice.js";
import { ThetaSliders } from "./theta_sliders.js";
import { ThetaHandles } from "./theta_handles.js";
import { poseWords } from "./localise_panel.js";
import { WIDER, stepsInPixels, widened } from "./variants.js";
import { bestOf, percent, short } from "./words.js";

export class GridPanel {
  constructor(host) {
    this.host = host;
    this.pictures = new Pictures((x, y) => host.look(x, y), { input: "Where they look in the input", output: "Output pixels", margin: 0.6 });
    this.handles = new ThetaHandles(this.pictures.input, host);
    this.pushed = new Figure("The wrong direction", "Each input pixel is pushed to where theta maps it: theta read as input to output.");
    this.pushedPlace = make("div", { class: "pushed" }, this.pushed.root, make("p", { class: "words" }, WRONG));
    this.wrong = host.extra("wrong", "The wrong direction", "What would come out if theta mapped the input to the output");
    this.wide = new Figure("The same theta on a wide picture", `The input, ${WIDER} times side by side, and where the output pixels would look in it.`);
    this.wideWords = make("p", { class: "words", "data-testid": "wide" });
    this.widePlace = make("div", { class: "pushed", hidden: true }, this.wide.root, this.wideWords);
    this.wider = host.extra("wide", "A wide picture", "What the same theta does on a picture that is not square");
    this.own = button("As the network has it", () => host.edit({ theta: null, sampler: null }, true), { title: "Put back the network's own theta" });
    this.identity = button("Identity", () => host.edit({ theta: [...this.opened.head.identity] }, true), { title: "The theta that changes nothing" });
    this.sliders = new ThetaSliders(host);
    this.sampler = new SamplerChoice(host);
    this.where = make("p", { class: "readout", "data-testid": "where" });
    this.pose = make("p", { class: "words", "data-testid": "pose", "data-part": "theta" });
    this.answer = make("p", { class: "words", "data-testid": "answer", "data-part": "answer" });
    this.matrix = make("p", { class: "words matrices" });
    this.root = make(
      "section",
      { class: "split", "aria-label": "Grid" },
      make("div", { class: "pair" }, this.pictures.output.root, this.pictures.input.root, this.pushedPlace, this.widePlace),
      make(
        "div",
        { class: "column" },
        this.where,
        make("div", { class: "line buttons" }, this.own, this.identity, this.wrong, this.wider),
        this.sliders.root,
        this.pose,
        this.answer,
        this.matrix,
        this.sampler.root,
      ),
    );
  }

  show(opened, state) {
    this.opened = opened;
    const { head, arrays } = opened;
    const colour = head.edited ? LATTICE_COLOURS.yours : LATTICE_COLOURS.network;
    this.pictures.show(opened, state, { layers: () => [dotsLayer(opened, colour)] });
    for (const part of [this.handles.root, this.sliders.root, this.sampler.root, this.own, this.identity]) part.hidden = head.still ?? false;
    if (!head.still) [this.handles, this.sliders, this.sampler].forEach((part) => part.show(opened));
    const [x, y] = opened.read(state.x, state.y);
    const [u, v] = opened.units([x, y]);
    const from = [(2 * state.x + 1) / opened.columns - 1, (2 * state.y + 1) / opened.rows - 1];
    this.widen(opened, state, colour);
    this.where.textContent =
      `Output pixel (${state.x}, ${state.y}), at (${from.map((one) => short(one, 2)).join(", ")}), looks at (${short(u, 2)}, ${short(v, 2)}) of the input: ` +
      `pixel (${short(x, 2)}, ${short(y, 2)}). Theta goes from the output to the input.`;
    if (head.still) {
      this.pose.textContent = "A trace holds no network that could be asked with another theta.";
      this.answer.textContent = this.matrix.textContent = "";
      this.pushedPlace.hidden = true;
      return;
    }
    this.pose.textContent = `${head.edited ? "Yours" : "The network\u2019s"}: ${poseWords(head.pose)}`;
    const [now, own] = [arrays.answer, arrays.probabilities].map((one) => bestOf(one, this.host.classes));
    this.answer.textContent = head.edited
      ? `With your theta the network reads ${now.text}, ${percent(now.share)} sure; with its own ${own.text}, ${percent(own.share)}.`
      : `The network reads ${now.text}, ${percent(now.share)} sure. Move a slider or drag a handle to choose another theta.`;
    this.matrix.textContent = head.opencv
      ? `As OpenCV\u2019s matrix over pixels, from output to input (WARP_INVERSE_MAP): [${head.opencv.map((row) => row.map((one) => short(one, 3)).join(", ")).join("; ")}]`
      : "";
    this.push(opened, state);
  }

  /** The same theta on a picture that is not square: a turn shears, as [-1, 1] is wider across. */
  widen(opened, { also }, colour) {
    const on = also.includes("wide");
    this.widePlace.hidden = !on;
    if (!on || this.widenedFrom === opened) return;
    this.widenedFrom = opened;
    const wide = widened(opened);
    const { width, height } = wide;
    this.wide.show({
      view: viewBoxOf(wide, MOST_MARGIN),
      layers: [imageLayer(wide.raster("input"), [0, 0, width, height]), frameLayer(width, height), dotsLayer(wide, colour)],
      caption: "", ground: "--wash",
      label: `A picture of ${width} by ${height} pixels with the places where it would be read`,
    });
    const [square, now] = [opened, wide].map(stepsInPixels);
    this.wideWords.textContent =
      `A step to the right in the output is ${short(now.across, 2)} pixels here, a step down ${short(now.along, 2)}, and they meet at ${short(now.angle, 0)}°; ` +
      `on the square picture ${short(square.across, 2)}, ${short(square.along, 2)} and ${short(square.angle, 0)}°. ` +
      `Coordinates go from −1 to 1 in both directions, however wide the picture is: what only turns a square shears a wide one. ` +
      `The similarity of stnviz knows how wide a picture is, and turns it in pixels.`;
  }

  /** Pushes every input pixel to where theta maps it: holes and overlaps. */
  push(opened, { also }) {
    const on = also.includes("wrong") && Boolean(opened.arrays.pushed);
    this.pushedPlace.hidden = !on;
    if (!on) return;
    const { columns: width, rows: height } = opened;
    const bytes = asShades(opened.arrays.input);
    const parts = bytes.shape.length === 3 ? 3 : 1;
    const data = new Uint8ClampedArray(width * height * parts);
    const hit = new Uint8Array(width * height);
    const { data: to } = opened.arrays.pushed;
    for (let k = 0; k < opened.width * opened.height; k++) {
      const column = Math.round(((to[2 * k] + 1) * width - 1) / 2);
      const row = Math.round(((to[2 * k + 1] + 1) * height - 1) / 2);
      if (!(column >= 0 && row >= 0 && column < width && row < height)) continue;
      hit[row * width + column]++;
      for (let c = 0; c < parts; c++) data[parts * (row * width + column) + c] = bytes.data[parts * k + c];
    }
    const missing = { data: hit.map((count) => (count ? 0 : 1)) };
    const overlaps = hit.reduce((sum, count) => sum + Math.max(count - 1, 0), 0);
    const holes = hit.reduce((sum, count) => sum + (count ? 0 : 1), 0);
    this.pushed.show({
      view: [0, 0, width, height],
      layers: [imageLayer(imageRaster({ data, shape: bytes.shape }, missing), [0, 0, width, height])],
      caption: `${holes} holes, ${overlaps} pixels that fall on another`,
      label: "The input pushed the wrong way, with holes",
    });
  }
}

const WRONG =
  "If theta mapped the input to the output, each input pixel would be pushed somewhere: some output pixels get none (holes), others several. Mapping from output to input gives every output pixel exactly one value.";
