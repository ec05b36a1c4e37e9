// The Debug component: the lights of a network's transformers, its images as numbers, one in full.
//
// The state is { lane, tick, image, pin, other_lane, other_tick, x, y, query, at }: the transformer, the
// image shown in full and the one pinned beside it, the transformer of a second trace, the axes of
// the scatter, the query of sampled points, and which of several traces. Pictures come for as many images as fit into a message; others when they are chosen.

import { mounting } from "../mounting.js";
import { make } from "../stage/dom.js";
import { decodeStored } from "../stage/protocol.js";
import { adoptTheme } from "../stage/theme.js";
import { Lights } from "./lights.js";
import { Panel } from "./panel.js";
import { Scatter } from "./scatter.js";
import { ImageTable } from "./table.js";

const AXES = [["angle", "scale_x"], ["scale_x", "shift_x"], ["displacement", "farthest"], ["spread", "outside"]];

class Debug {
  constructor(root) {
    this.root = root;
    this.lights = [
      new Lights((chosen) => this.pickTransformer(chosen)),
      new Lights(({ lane, tick }) => this.report({ other_lane: lane, other_tick: tick })),
    ];
    const pin = (image) => this.change({ pin: this.state.pin === image ? null : image });
    const onquery = (query, settled) => this.change({ query }, settled);
    this.panels = [0, 1, 2].map(() => new Panel({ pin, onquery }));
    this.scatter = new Scatter({
      onpick: (image) => this.change({ image }),
      onaxes: (axes) => this.change(axes),
      onsome: (some) => this.choose(some),
    });
    this.table = new ImageTable((image) => this.change({ image }));
    this.time = make("input", { type: "range", min: 0, step: 1, oninput: () => this.sayTime(), onchange: () => this.change({ at: Number(this.time.value) }) });
    this.when = make("span", { class: "count" });
    this.timeline = make("label", { class: "line timeline" }, "Trace", this.time, this.when);
    this.pictures = make("div", { class: "pictures" }, ...this.panels.map((panel) => panel.root));
    root.append(
      make("div", { class: "healths", "data-part": "verdicts" }, ...this.lights.map((lights) => lights.root)),
      this.timeline,
      this.pictures,
      make("div", { class: "numbers" }, this.scatter.root, this.table.root),
    );
  }

  receive(data, report) {
    this.send = report;
    adoptTheme(this.root);
    const led = data.state.asked !== this.asked;
    const themed = this.root.dataset.theme !== this.theme;
    this.theme = this.root.dataset.theme;
    if (data.revision === this.revision && !led && !themed) return;
    if (data.revision !== this.revision) this.unpack(data);
    if (led) {
      const { asked, ...state } = data.state;
      Object.assign(this, { asked, state, some: null });
    }
    this.draw();
    this.root.dataset.ready = "true";
  }

  unpack({ revision, answer }) {
    this.revision = revision;
    const [{ head, arrays }, ...pictures] = decodeStored(answer);
    Object.assign(this, { head, arrays });
    this.found = new Map(pictures.map((one) => [`${one.head.side} ${one.head.image}`, one]));
    // Other transformers were asked for: these are they.
    const [{ lane, tick }, other] = head.sides;
    if (this.state) Object.assign(this.state, { lane, tick, other_lane: other?.lane, other_tick: other?.tick });
  }

  change(news, settled = true) {
    Object.assign(this.state, news);
    if (!("query" in news)) this.draw();
    if (settled) this.report({});
  }

  /** Tells the page the state, with `news` that are not drawn before their message has come. */
  report(news) {
    Object.assign(this.state, news);
    this.send.state("state", { ...this.state, asked: this.asked });
  }

  pickTransformer({ lane, tick }) {
    const [side] = this.head.sides;
    const one = side.transformers.find((other) => other.lane === lane && other.tick === tick);
    const now = side.transformers.find((other) => other.lane === side.lane && other.tick === side.tick);
    // The numbers of another family have other names.
    const axes = one?.axes.join() === now.axes.join() ? {} : { x: null, y: null, query: null };
    this.some = null;
    this.report({ lane, tick, ...axes });
  }

  choose(some) {
    this.some = some;
    this.draw();
  }

  draw() {
    const { sides, series } = this.head;
    const [first] = sides;
    const state = this.state;
    state.image = Math.min(state.image ?? 0, first.count - 1);
    if (state.pin !== null) state.pin = Math.min(state.pin, first.count - 1);
    const names = first.quantities.map(({ name }) => name);
    const usual = AXES.find((pair) => pair.every((name) => names.includes(name))) ?? [names[0], names[1] ?? names[0]];
    const chosen = { ...state, some: this.some };
    ["x", "y"].forEach((axis, k) => (chosen[axis] = names.includes(state[axis]) ? state[axis] : usual[k]));
    this.lights.forEach((lights, k) => {
      lights.root.hidden = !sides[k];
      if (sides[k]) lights.show(sides[k], sides.length > 1);
    });
    this.drawPanels();
    this.scatter.show(sides, this.arrays, chosen);
    this.table.show(first, this.arrays, chosen);
    this.timeline.hidden = series.length < 2;
    this.time.max = series.length - 1;
    this.time.value = state.at ?? 0;
    this.sayTime();
  }

  /** The image, the pinned one, and the same image of the trace beside it. */
  drawPanels() {
    const { sides } = this.head;
    const { image, pin, query } = this.state;
    const shown = [{ k: 0, image }];
    if (pin !== null && pin !== image) shown.push({ k: 0, image: pin });
    if (sides[1]) shown.push({ k: 1, image: Math.min(image, sides[1].count - 1) });
    this.root.dataset.panels = shown.length;
    this.panels.forEach((panel, place) => {
      panel.root.hidden = !shown[place];
      if (!shown[place]) return;
      const { k, image: index } = shown[place];
      const side = sides[k];
      const says = side.labels[index] === undefined ? "" : `, read as ${side.labels[index]}`;
      const whose = sides.length > 1 ? `${side.title}: ` : "";
      panel.show(this.found.get(`${k} ${index}`), {
        side,
        image: index,
        name: `${whose}image ${index}${says}`,
        isPinned: pin === index,
        canPin: k === 0 && side.count > 1,
        query,
        theme: this.theme,
      });
    });
  }

  sayTime() {
    this.when.textContent = this.head.series[Number(this.time.value)] ?? "";
    this.time.setAttribute("aria-valuetext", this.when.textContent);
  }
}

export default mounting("debug", Debug);
