// Play without a server: between the address and the stage, in the page itself.

import { Digits } from "../ui/answerer/digits.js";
import { rangeOf } from "../ui/answerer/play.js";
import { make } from "../ui/stage/dom.js";
import { toQuery, viewParameters } from "../ui/stage/links.js";
import { stateOf, usable } from "./address.js";
import { filesOf } from "./files.js";
import { startPage } from "./start.js";
import { otherDigits, thumbsOf } from "./thumbs.js";
import { showView, viewOf } from "./view.js";
import mountStage from "../ui/stage/stage.js";

const SITE_VERSION = "__VERSION__"; // of the site's files
const PARTS = {
  worker: "worker.js",
  runtime: "runtime.mjs",
  wasm: "runtime.wasm.gzipped",
  gallery: "gallery.bin.gzipped",
};

/** The page: it shows `site`, the contents of play.json, and keeps its state in the address. */
class PlaySite {
  constructor(main, { site, inside, address }) {
    Object.assign(this, { main, site, inside, revision: 0, thumbs: site.thumbs });
    const parts = Object.entries(PARTS).map(([part, name]) => [part, address(name)]);
    this.offered = { way: "browser", inside, ...Object.fromEntries(parts) };
    this.digits = new Digits(this.offered.gallery);
    this.digits.adopt(this.thumbs); // a page in one file has no others beyond the first
    this.trouble = main.querySelector(".trouble");
    this.opening = make("h2", { "data-part": "sentence" });
    const yours = make("span", { class: "yours" }, "dashed and orange");
    const network = make("span", { class: "network" }, "solid and blue");
    this.lead = make("p", { class: "lead", "data-part": "sentence" }, "What you do is ", yours, "; what the network does is ", network, ".");
    this.choices = make("div", { class: "site-choices", "data-part": "choices" });
    this.stage = make("div", { class: "house", "data-testid": "stage", "data-live": "off" });
    this.place = make("div", {}, this.stage);
    main.append(this.opening, this.lead, this.choices, this.place);
    addEventListener("popstate", () => this.open());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.mount());
    this.open();
  }

  /** Takes the state from the address. */
  open() {
    const query = new URLSearchParams(this.query);
    const { state, troubles, landing } = stateOf(query, this.site);
    Object.assign(this, { state, landing, view: viewOf(query) });
    showView(this.main, this.view);
    this.trouble.textContent = troubles.join(" ");
    this.show();
  }

  /** Shows a state that does not come from the stage. */
  show() {
    this.revision += 1;
    this.opening.textContent = this.distortion.opening;
    this.drawChoices();
    this.mount();
    if (!this.thumbs.indices.includes(this.state.digit)) this.offer(this.thumbs.indices);
  }

  /** The address's query; a page that is one file may change nothing but what is behind its #. */
  get query() {
    if (this.inside && location.hash) return location.hash.slice(1);
    return location.search.slice(1) || this.site.opens;
  }

  get distortion() {
    return this.site.distortions[this.state.distortion];
  }

  mount() {
    const { distortion, state, site } = this;
    const models = state.models.map((name) => site.models[name]);
    const { ranges, canvas } = models[0];
    const controls = distortion.controls.map((control) => ({
      ...control,
      trained: rangeOf(control, ranges),
    }));
    const first = this.landing ? site.first : null;
    const data = {
      ...this.view, revision: `${this.revision}`, live: null, state, thumbs: this.thumbs, first,
      answers: this.offered,
      distortion: { ...distortion, canvas, controls },
      models: models.map((model) => ({ ...model, graph: model.graphs[state.distortion] })),
    };
    const setStateValue = (name, value) => name === "state" && this.follow(value);
    const setTriggerValue = (name, seed) => this.shuffle(seed);
    mountStage({ data, parentElement: this.place, setStateValue, setTriggerValue });
  }

  /** What the state has become, as when the hand has let go: the address follows. */
  follow(state) {
    this.state = { ...this.state, ...state };
    this.landing = false;
    this.trouble.textContent = "";
    const query = toQuery(this.state) + viewParameters(new URLSearchParams(this.query));
    if (query !== this.query) history.pushState(null, "", `${this.inside ? "#" : "?"}${query}`);
  }

  choose(state) {
    this.follow(state);
    this.show();
  }

  chooseData(name) {
    const { models: fitting, first, controls } = this.site.distortions[name];
    const kept = usable(this.state.models, name, this.site);
    const trained = fitting.some((model) => this.site.models[model].data === name);
    const values = Object.fromEntries(controls.map((control) => [control.name, control.start]));
    this.choose({ distortion: name, models: trained || !kept.length ? first : kept, values });
  }

  /** One network more or less; the newest decides the size of the picture. */
  chooseModel(name, wanted) {
    const others = this.state.models.filter((model) => model !== name);
    const models = wanted ? usable([name, ...others], this.state.distortion, this.site) : others;
    const ordered = [...others, name].filter((model) => models.includes(model));
    if (ordered.length) this.choose({ models: ordered });
    else this.drawChoices();
  }

  drawChoices() {
    const { site, state } = this;
    const pills = Object.values(site.distortions).map(({ name, title }) =>
      make("button", { type: "button", "aria-pressed": String(name === state.distortion), onclick: () => this.chooseData(name) }, title),
    );
    const boxes = this.distortion.models.map((name) => {
      const box = make("input", { type: "checkbox", checked: state.models.includes(name) });
      box.addEventListener("change", () => this.chooseModel(name, box.checked));
      return make("label", {}, box, `${site.models[name].title}, ${site.models[name].data}`);
    });
    const legend = make("legend", {}, `Side by side, at most ${site.most}`);
    const open = this.choices.querySelector("details")?.open;
    const list = make("details", { open: Boolean(open) }, make("summary", {}, "Networks"), make("fieldset", {}, legend, ...boxes));
    this.choices.replaceChildren(...pills, list);
  }

  /** Offers ten other digits, one of each class. */
  shuffle(seed) {
    this.offer(otherDigits(seed, this.site.digits));
  }

  /** Offers these digits; the one that is shown stands for its class. */
  async offer(indices) {
    try {
      this.thumbs = await thumbsOf(indices, this.state.digit, this.state.digit % 10, this.digits);
      this.mount();
    } catch (error) {
      this.trouble.textContent = error.message;
    }
  }
}

startPage(async (main) => {
  const files = await filesOf(SITE_VERSION);
  new PlaySite(main, files);
  return !files.inside;
});
