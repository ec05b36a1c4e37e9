// The screen of a presentation: a frame for the link that is shown, and frames that load behind it.

import { button, make } from "../stage/dom.js";

const PATIENCE = 5000; // milliseconds after which the next link loads, even if this one is not there yet
const WAYS = { ArrowLeft: -1, ArrowUp: -1, PageUp: -1, ArrowRight: 1, ArrowDown: 1, PageDown: 1, Home: -Infinity, End: Infinity };

/** Fills the window; `at(k)` is called when link k is shown, and `ended()` after the last one. */
export class Slides {
  constructor({ at, ended }) {
    Object.assign(this, { at, ended, links: [], frames: new Map() });
    this.place = make("div", { class: "frames" });
    this.title = make("span", { class: "title" });
    this.count = make("span", { class: "count", role: "status" });
    this.back = button("\u2039", () => this.step(-1), { "aria-label": "The link before", title: "Left arrow or Page Up" });
    this.forth = button("\u203a", () => this.step(1), { "aria-label": "The next link", title: "Right arrow or Page Down" });
    const full = button("Full screen", () => this.fill(), { title: "F" });
    const end = button("End", () => this.end(), { title: "Esc" });
    this.root = make(
      "div",
      { class: "slides", hidden: true, tabindex: -1 },
      this.place,
      make("div", { class: "bar buttons" }, this.title, this.back, this.count, this.forth, full, end),
    );
    this.listening = new AbortController();
    const { signal } = this.listening;
    window.addEventListener("keydown", (event) => this.pressed(event), { signal });
    window.addEventListener("message", (event) => this.told(event), { signal });
  }

  /** Presents links ({ title, address }), from link k on. */
  show(links, k) {
    this.forget();
    this.links = links;
    this.root.hidden = false;
    this.go(k);
  }

  get shown() {
    return !this.root.hidden;
  }

  step(way) {
    const last = this.links.length - 1;
    this.go(Math.min(Math.max(this.k + way, 0), last));
  }

  go(k) {
    if (k === this.k) return this.root.focus();
    this.k = k;
    for (const [index, frame] of this.frames) {
      if (Math.abs(index - k) <= 1) continue;
      frame.remove();
      this.frames.delete(index);
    }
    const before = this.frames.has(k);
    this.load(k);
    for (const [index, frame] of this.frames) frame.dataset.shown = String(index === k);
    clearTimeout(this.timer);
    if (before) this.loadBeside();
    else this.timer = setTimeout(() => this.loadBeside(), PATIENCE);
    this.draw();
    this.root.focus(); // the frame that is gone may have had the keys
    this.at(k);
  }

  draw() {
    const last = this.links.length - 1;
    this.title.textContent = this.links[this.k].title;
    this.count.textContent = `${this.k + 1} / ${last + 1}`;
    this.back.setAttribute("aria-disabled", String(this.k === 0));
    this.forth.setAttribute("aria-disabled", String(this.k === last));
  }

  load(k) {
    const link = this.links[k];
    if (!link || this.frames.has(k)) return;
    const title = link.title || `Link ${k + 1}`;
    const frame = make("iframe", { src: link.address, title, allow: "fullscreen; clipboard-write" });
    this.frames.set(k, frame);
    this.place.append(frame);
  }

  loadBeside() {
    clearTimeout(this.timer);
    for (const k of [this.k + 1, this.k - 1]) this.load(k);
  }

  /** Messages of the frames: they tell their height once they are drawn, and keys that they do not use. */
  told({ source, origin, data }) {
    const frame = this.frames.get(this.k);
    if (!this.shown || origin !== location.origin || !frame || source !== frame.contentWindow) return;
    if (data?.type === "stnviz:height") this.loadBeside();
    else if (data?.type === "stnviz:key") this.key(data.key);
  }

  pressed(event) {
    const { key, altKey, ctrlKey, metaKey } = event;
    if (!this.shown || altKey || ctrlKey || metaKey) return;
    if (this.key(key)) event.preventDefault();
  }

  key(key) {
    if (key in WAYS) this.step(WAYS[key]);
    else if (key === "f" || key === "F") this.fill();
    else if (key === "Escape") this.end();
    else return false;
    return true;
  }

  fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen?.().catch(() => {}); // a browser may refuse: the window is filled anyway
  }

  end() {
    if (document.fullscreenElement) document.exitFullscreen();
    this.forget();
    this.root.hidden = true;
    this.ended();
  }

  forget() {
    clearTimeout(this.timer);
    this.frames.clear();
    this.place.replaceChildren();
    this.k = null;
  }

  close() {
    this.forget();
    this.listening.abort();
  }
}
