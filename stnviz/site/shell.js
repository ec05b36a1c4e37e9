// What the site's pages share: their data, the address, choices, and a component in its place.

import { bytesAt } from "../ui/answerer/bytes.js";
import { make } from "../ui/stage/dom.js";
import { dataOf, siteFile, startPage } from "./start.js";
import { showView, viewOf } from "./view.js";

/** What a component is offered to compute with, from files of a version. */
export const offerOf = (version) => ({
  way: "browser",
  inside: false,
  worker: siteFile(`worker.js?v=${version}`),
  runtime: siteFile(`runtime.mjs?v=${version}`),
  wasm: siteFile(`runtime.wasm.gzipped?v=${version}`),
});

/** Promises a message of a file as a component's data have it: its length and itself, as base64. */
export async function messageAt(name) {
  const message = new Uint8Array(await bytesAt(siteFile(name)));
  const whole = new Uint8Array(4 + message.length);
  new DataView(whole.buffer).setUint32(0, message.length, true);
  whole.set(message, 4);
  return btoa(Array.from(whole, (byte) => String.fromCharCode(byte)).join(""));
}

/** A page of the site. A subclass shows what the address says, in `show(query)`. */
export class SitePage {
  /** `name` is the component's; `mount` its function, as Streamlit calls it. */
  constructor(main, site, name, mount) {
    Object.assign(this, { main, site, name, mountComponent: mount, revision: 0 });
    this.trouble = main.querySelector(".trouble");
    this.opening = make("h2", { "data-part": "sentence" });
    this.choices = make("div", { class: "site-choices", "data-part": "choices" });
    this.place = make("div", {}, make("div", { class: "house", "data-testid": name, "data-live": "off" }));
    main.append(this.opening, this.choices, this.place);
    addEventListener("popstate", () => this.open());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.mount());
  }

  /** Shows what the address says. */
  async open() {
    this.revision += 1;
    const { revision } = this;
    this.troubles = [];
    const query = new URLSearchParams(location.search);
    this.view = viewOf(query);
    showView(this.main, this.view);
    try {
      await this.show(query);
    } catch (error) {
      this.troubles.push(error.message);
    }
    if (revision === this.revision) this.trouble.textContent = this.troubles.join(" ");
  }

  /** Mounts the component with `this.data`. */
  mount() {
    const setStateValue = (name, value) => name === "state" && this.follow(value);
    this.mountComponent({ data: { ...this.data, ...this.view }, parentElement: this.place, setStateValue, setTriggerValue: (name, value) => this.trigger(name, value) });
  }

  /** A component's event. */
  trigger() {}

  /** Changes the address; parameters that are null are left out. */
  write(changes) {
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) query.delete(name);
      else query.set(name, value);
    }
    const next = `?${query}`;
    if (next !== location.search) history.pushState(null, "", next);
  }

  /** Changes the address, and shows what it says then. */
  go(changes) {
    this.write(changes);
    return this.open();
  }

  /** The data set and the network that the address names, or the first. */
  chosen(query) {
    const { kinds, networks } = this.site;
    const named = networks[query.get("model")];
    const kind = this.one(kinds, query.get("what"), "pictures") ?? kinds.find(({ name }) => name === named?.data) ?? kinds[0];
    const fitting = kind.networks.map((name) => ({ name }));
    const first = kind.networks.includes(kind.first) ? kind.first : kind.networks.at(-1);
    const network = this.one(fitting, query.get("model"), "network")?.name ?? first;
    this.opening.textContent = kind.opening;
    return { kind, network };
  }

  /** The one of `offered` with a name, if there is one; else that is said. */
  one(offered, name, what) {
    const found = offered.find((each) => each.name === name);
    if (name !== null && !found) this.troubles.push(`There is no ${what} “${name.slice(0, 60)}” on this site.`);
    return found;
  }

  /** A whole number of the address, within its bounds. */
  number(query, name, low, high, usual) {
    const text = query.get(name);
    if (text === null || text === "") return usual;
    if (/^\d{1,10}$/.test(text)) return Math.min(Math.max(Number(text), low), high);
    this.troubles.push(`The link's ${name} must be a whole number from ${low} to ${high}.`);
    return usual;
  }

  /** A row of choices, [value, title] each. */
  pills(label, offered, chosen, choose) {
    const buttons = offered.map(([value, title]) =>
      make("button", { type: "button", "aria-pressed": String(value === chosen), onclick: () => choose(value) }, title),
    );
    return make("div", { class: "site-row", role: "group", "aria-label": label }, ...buttons);
  }

  /** Rows of data sets and networks; an address loses `drops` with the data set, and `own` with the network. */
  offer(kind, network, drops, own = []) {
    const { kinds, networks } = this.site;
    const [none, other] = [[...drops, ...own], own].map((names) => Object.fromEntries(names.map((name) => [name, null])));
    this.choices.replaceChildren(
      this.pills("Pictures", kinds.map(({ name, title }) => [name, title]), kind.name, (what) => this.go({ ...none, model: null, what })),
      this.pills("Network", kind.networks.map((name) => [name, networks[name].title]), network, (model) => this.go({ ...other, what: kind.name, model })),
    );
  }
}

/** Reads the data of a page, and shows it. */
export const startSite = (name, version, Page) =>
  startPage(async (main) => {
    new Page(main, await dataOf(name, version)).open();
    return true;
  });
