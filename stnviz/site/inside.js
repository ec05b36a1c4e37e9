// Inside without a server: three graphs of a network answer, and the page's own sampler between them.

import mountInside from "../ui/inside/inside.js";
import { Digits } from "../ui/answerer/digits.js";
import { toUrlNumber } from "../ui/stage/links.js";
import { digitIn, valuesIn } from "./address.js";
import { messageAt, offerOf, SitePage, startSite } from "./shell.js";
import { siteFile } from "./start.js";
import { otherDigits, thumbsOf } from "./thumbs.js";

const SITE_VERSION = "__VERSION__"; // of the site's files
const USUAL = { step: "sample", kernel: "bilinear", padding: "zeros" };
const OF_DIGIT = ["digit", "ink", "seed"];
const OF_NETWORK = ["theta", "label", "x", "y", "axes"];

class InsideSite extends SitePage {
  constructor(main, site) {
    super(main, site, "inside", mountInside);
    const gallery = siteFile(`gallery.bin.gzipped?v=${SITE_VERSION}`);
    this.answers = { ...offerOf(SITE_VERSION), gallery };
    this.digits = new Digits(gallery);
    this.digits.adopt(site.thumbs);
    this.thumbs = site.thumbs;
  }

  async show(query) {
    const { kind, network } = this.chosen(query);
    const { controls, start } = this.site.distortions[kind.name];
    this.offer(kind, network, [...OF_DIGIT, ...controls.map(({ name }) => name)], OF_NETWORK);
    const { state, usual } = this.state(query, kind.name, controls, start);
    const { opening, graphs } = this.site.networks[network];
    this.digit = state.digit;
    const { revision } = this;
    const answer = usual ? await messageAt(opening) : null;
    if (!this.thumbs.indices.includes(state.digit)) this.thumbs = await this.thumbsWith(state.digit, this.thumbs.indices);
    if (revision !== this.revision) return;
    this.data = {
      revision: `${network} ${revision}`, live: null, state: { ...state, network, asked: revision },
      classes: null, controls, thumbs: this.thumbs, answer, opening: siteFile(opening),
      graphs: Object.fromEntries(Object.entries(graphs).map(([part, name]) => [part, siteFile(name)])),
      answers: this.answers,
    };
    this.mount();
  }

  /** What the component opens with, as the app reads it from an address; and whether the stored answer is of it. */
  state(query, distortion, controls, start) {
    const { also, middle, largest } = this.site.address;
    const named = digitIn(query, this.site, this.troubles);
    const values = valuesIn(query, controls, this.troubles);
    const some = "digit" in named || "ink" in named || Object.keys(values).length > 0;
    const sampler = ["kernel", "padding", "align"].some((name) => query.has(name))
      ? { kernel: this.choice(query, "kernel"), padding: this.choice(query, "padding"), align_corners: this.number(query, "align", 0, 1, 0) === 1 }
      : null;
    const state = {
      step: this.choice(query, "step"), lane: 0, tick: 0, picture: 0, distortion,
      x: this.number(query, "x", 0, 999, middle), y: this.number(query, "y", 0, 999, middle),
      theta: this.numbers(query, "theta", (one) => Math.abs(one) <= largest, `numbers from -${largest} to ${largest} with commas between them`),
      axes: this.numbers(query, "axes", (one, k, all) => Number.isInteger(one) && one >= 0 && all.length === 2 && all[0] !== all[1], "two different whole numbers such as 2,5"),
      label: this.number(query, "label", 0, 9, null),
      also: (query.get("also") ?? "").split(",").filter((name) => also.includes(name)),
      sampler, digit: this.site.digit, ink: null, seed: 0, ...named, values: some ? values : { ...start },
    };
    return { state, usual: !some && !state.seed && !state.theta && !sampler && state.label === null };
  }

  choice(query, name) {
    const offered = this.site.address[name];
    const text = query.get(name) ?? USUAL[name];
    if (offered.includes(text)) return text;
    this.troubles.push(`The link's ${name} must be one of ${offered.join(", ")}.`);
    return USUAL[name];
  }

  /** Numbers with commas between them; null if there are none, or one of them is impossible. */
  numbers(query, name, isFine, wanted) {
    const text = query.get(name);
    if (text === null) return null;
    const found = text.split(",").map((one) => (one.trim() ? Number(one) : NaN));
    if (found.length <= 64 && found.every(isFine)) return found;
    this.troubles.push(`The link's ${name} must be ${wanted}.`);
    return null;
  }

  /** The state has changed under the hand: the address follows. */
  follow({ step, x, y, label, theta, axes, also, sampler, ink, digit, seed, values }) {
    this.digit = digit;
    this.write({
      step, x, y, label, seed, ink, digit: ink ? null : digit,
      theta: theta?.map(toUrlNumber).join() ?? null,
      axes: axes?.join() ?? null, also: also.join() || null,
      kernel: sampler?.kernel ?? null,
      padding: sampler && sampler.padding !== USUAL.padding ? sampler.padding : null,
      align: sampler?.align_corners ? 1 : null,
      ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toUrlNumber(value)])),
    });
  }

  trigger(name, seed) {
    if (name === "shuffle" && seed) this.offerDigits(otherDigits(seed, this.site.digits));
  }

  async offerDigits(indices) {
    this.thumbs = await this.thumbsWith(this.digit, indices);
    this.data = { ...this.data, thumbs: this.thumbs };
    this.mount();
  }

  /** Promises ten digits, among them the one that is shown. */
  thumbsWith(digit, indices) {
    return thumbsOf(indices, digit, Number(this.site.classes[digit]), this.digits);
  }
}

startSite("inside", SITE_VERSION, InsideSite);
