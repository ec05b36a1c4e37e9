// Playback controls for everything that plays: play, pause, step, slow, scrub.

import { button, make } from "./stage/dom.js";

const SLOWER = 2.5;
const WAYS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };

/**
 * It moves through places: whole numbers from `first` to `last`, and fractions while it plays.
 *
 * `thing` is the name of one place and `say` puts one into words. `whole` maps a fraction to a whole
 * place: the one it has left, or the one it goes to. `at(stands)` is called at every place that it
 * reaches, `settle(stands)` where it comes to rest, `slowed(slow)` when Slow is pressed.
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

  /** Handles Space, arrow, Page, Home and End keys as players do, wherever in `root` the focus is. */
  listen(root) {
    root.tabIndex = -1; // a click beside the controls then moves the focus here
    root.addEventListener("keydown", (event) => {
      const [on] = event.composedPath();
      const shortcut = event.altKey || event.ctrlKey || event.metaKey; // one of the browser's own
      if (event.defaultPrevented || shortcut || this.root.hidden) return;
      // A slider handles its own keys, except that Page Up would increase its value.
      const its = on.tagName === "INPUT" && !(on === this.slider && event.key.startsWith("Page"));
      if (event.key === " " && (on.tagName !== "BUTTON" || "still" in on.dataset)) this.turn();
      else if (event.key in WAYS && !its) this.step(WAYS[event.key]);
      else return;
      event.preventDefault();
    });
  }

  /**
   * Sets the range and the place, without a callback. It plays `rate` places a second, and starts
   * at `start` if it stands at either end.
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

  /** The whole place for where it is. */
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
      // The first frame's timestamp may be earlier than the click.
      const seconds = before === null ? 0 : (now - before) / 1000;
      before = now;
      this.come(Math.min(this.place + (seconds * this.rate) / (this.slowly ? SLOWER : 1), this.last));
      if (this.place >= this.last) this.rest();
      else this.timer = requestAnimationFrame(frame);
    };
    this.timer = requestAnimationFrame(frame);
  }

  /** Stops exactly where it is, perhaps between two places, and calls `settle`. */
  pause() {
    this.halt();
    this.settle(this.stands);
  }

  /** Stops at a whole place, and calls `settle`. */
  rest() {
    this.go(this.stands);
  }

  /** Stops at a whole place, without a callback. */
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
