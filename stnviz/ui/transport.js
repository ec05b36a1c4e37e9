// One transport for all that plays: play, pause, step, slow, scrub.

import { button, make } from "./stage/dom.js";

const SLOWER = 2.5;
const WAYS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };

/**
 * It goes through places: whole numbers from `first` to `last`, and while it plays all that lies
 * between them.
 *
 * `thing` is what one place is called and `say` puts one into words. `whole` says which place stands
 * for what lies between two: the one it has left, or the one it goes to. `at(stands)` is called
 * wherever it comes to, `settle(stands)` where it rests, `slowed(slow)` when Slow is pressed.
 */
export class Transport {
  constructor({ thing, say, at, settle, slowed = () => {}, whole = Math.floor }) {
    Object.assign(this, { say, at, settle, whole });
    Object.assign(this, { first: 0, last: 0, start: 0, rate: 1, place: 0, slowly: false });
    this.toggle = button("Play", () => this.turn(), { class: "play" });
    this.back = button("\u2039", () => this.step(-1), { "aria-label": `One ${thing} back` });
    this.forth = button("\u203a", () => this.step(1), { "aria-label": `One ${thing} on` });
    this.slider = make("input", {
      type: "range",
      step: 1,
      "aria-label": thing[0].toUpperCase() + thing.slice(1),
      oninput: () => this.go(Number(this.slider.value), false),
      onchange: () => this.rest(),
    });
    this.words = make("span", { class: "count", "data-testid": "place" });
    this.slow = button("Slow", () => slowed(this.brake()), { title: "Play two and a half times as slowly" });
    this.root = make("div", { class: "transport buttons" }, this.back, this.toggle, this.forth, this.slider, this.words, this.slow);
  }

  /** Space, arrows, Page, Home and End do what they do in a player, wherever in `root` one is. */
  listen(root) {
    root.tabIndex = -1; // a click beside all controls brings the keys here
    root.addEventListener("keydown", (event) => {
      const [on] = event.composedPath();
      const shortcut = event.altKey || event.ctrlKey || event.metaKey; // of the browser
      if (event.defaultPrevented || shortcut || this.root.hidden) return;
      // A slider knows its keys, but takes Page Up for more.
      const its = on.tagName === "INPUT" && !(on === this.slider && event.key.startsWith("Page"));
      if (event.key === " " && (on.tagName !== "BUTTON" || "still" in on.dataset)) this.turn();
      else if (event.key in WAYS && !its) this.step(WAYS[event.key]);
      else return;
      event.preventDefault();
    });
  }

  /**
   * What it goes through, and where it is; nobody is told. It plays `rate` places a second, and from
   * `start` where it had come to the end.
   */
  set({ first = 0, last, rate, start = first, place, slow = this.slowly }) {
    Object.assign(this, { first, last, rate, start, slowly: slow });
    this.place = this.inside(place);
    this.root.hidden = last <= first;
    this.draw();
  }

  get playing() {
    return Boolean(this.timer);
  }

  /** The whole place that stands for where it is. */
  get stands() {
    return this.inside(this.whole(this.place));
  }

  turn() {
    this.playing ? this.pause() : this.play();
  }

  step(way) {
    this.go(this.inside(this.stands + way));
  }

  go(place, settled = true) {
    this.halt();
    this.come(place);
    if (settled) this.settle(place);
  }

  play() {
    this.toggle.textContent = "Pause";
    if (this.place >= this.last || this.place <= this.first) this.place = this.start;
    let before = null;
    const frame = (now) => {
      // The first frame may be dated before the click.
      const seconds = before === null ? 0 : (now - before) / 1000;
      before = now;
      this.come(Math.min(this.place + (seconds * this.rate) / (this.slowly ? SLOWER : 1), this.last));
      if (this.place >= this.last) this.rest();
      else this.timer = requestAnimationFrame(frame);
    };
    this.timer = requestAnimationFrame(frame);
  }

  /** Stay just where it is, which may be between two places, and say where. */
  pause() {
    this.halt();
    this.settle(this.stands);
  }

  /** Stay at a whole place, and say where. */
  rest() {
    this.go(this.stands);
  }

  /** Stay at a whole place; nobody is told. */
  stop() {
    this.halt();
    this.place = this.stands;
  }

  halt() {
    cancelAnimationFrame(this.timer);
    this.timer = null;
    this.toggle.textContent = "Play";
  }

  brake() {
    this.slowly = !this.slowly;
    this.draw();
    return this.slowly;
  }

  come(place) {
    this.place = place;
    this.draw();
    this.at(this.stands);
  }

  inside(place) {
    return Math.max(this.first, Math.min(place, this.last));
  }

  draw() {
    const { stands } = this;
    Object.assign(this.slider, { min: this.first, max: this.last, value: stands });
    this.words.textContent = this.say(stands);
    this.slider.setAttribute("aria-valuetext", this.words.textContent);
    // Not `disabled`: that would take the focus away, and the keys with it.
    this.back.setAttribute("aria-disabled", String(stands === this.first));
    this.forth.setAttribute("aria-disabled", String(stands === this.last));
    this.slow.setAttribute("aria-pressed", String(this.slowly));
  }
}
