// A page in a frame of another page. It is inactive until it is clicked, Esc gives the keys back, and
// what the page around it needs to know is told by message.

import { make } from "../stage/dom.js";

/** Keys that the page around may use, unless something in this one does. */
const KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", "f", "F", "Escape"];

/** Elements that use arrow keys or letters without preventing what a browser does with them. */
const FIELDS = "input:not([type=checkbox]), textarea, select, [contenteditable=true], [role=slider], [role=radio], [role=tab], [role=option], [role=combobox], [role=menuitem], [role=dialog], [role=dialog] *, dialog[open], dialog[open] *";

const SWIPE = 60; // pixels across that a finger moves to go on or back

const LOWEST = 600; // pixels of height that an embedded page counts on

const HINT = 2000; // milliseconds for which a moved pointer shows how the page is activated

/** Follows the page `root` is on until `stop()`; root's data-active says whether it takes input. */
export class Embedding {
  constructor(root) {
    this.root = root;
    root.append(make("p", { class: "hint" }, "Click to use this page. Esc gives the keys back."));
    this.main = document.querySelector(".stMainBlockContainer");
    this.measure();
    this.size = new ResizeObserver(() => this.tellHeight());
    this.size.observe(this.main);
    this.listening = new AbortController();
    const { signal } = this.listening;
    document.addEventListener("click", () => this.activate(true), { capture: true, signal });
    document.addEventListener("focusin", () => this.activate(false), { signal });
    window.addEventListener("resize", () => this.measure(), { signal });
    document.addEventListener("touchstart", ({ touches }) => (this.touch = touches[0]), { signal });
    document.addEventListener("touchend", ({ changedTouches }) => this.swipe(changedTouches[0]), { signal });
    document.addEventListener("pointermove", () => this.hint(), { signal });
    window.addEventListener("keydown", (event) => this.key(event), { signal });
    this.set(false);
  }

  set(active) {
    this.active = active;
    this.root.dataset.active = String(active);
    this.main.style.pointerEvents = active ? "" : "none"; // the page can still be scrolled
    tell({ type: "stnviz:active", active });
  }

  /** After a click, keys go to the page's component. */
  activate(clicked) {
    if (this.active) return;
    this.set(true);
    if (clicked) component(this.root)?.focus({ preventScroll: true });
  }

  /**
   * Fixes the height of window that pictures are fitted to. If they followed every height, a frame that
   * follows the page's height would make them grow; with the width, the window itself has changed.
   */
  measure() {
    if (innerWidth === this.width) return;
    this.width = innerWidth;
    document.documentElement.style.setProperty("--window-height", `${Math.max(innerHeight, LOWEST)}px`);
  }

  hint() {
    clearTimeout(this.timer);
    this.root.dataset.hint = "true";
    this.timer = setTimeout(() => delete this.root.dataset.hint, HINT);
  }

  /** On an inactive page, a finger that moves across is told as an arrow key. */
  swipe({ clientX, clientY }) {
    const [x, y] = [clientX - this.touch.clientX, clientY - this.touch.clientY];
    if (this.active || Math.abs(x) < SWIPE || Math.abs(x) < 2 * Math.abs(y)) return;
    tell({ type: "stnviz:key", key: x < 0 ? "ArrowRight" : "ArrowLeft" });
  }

  key(event) {
    const { key, defaultPrevented, altKey, ctrlKey, metaKey } = event;
    if (defaultPrevented || altKey || ctrlKey || metaKey || !KEYS.includes(key)) return;
    const [on] = event.composedPath();
    if (key === "Escape" && this.active) {
      if (on.closest?.("dialog[open], [role=dialog], [aria-expanded=true]")) return; // it closes that
      on.blur?.();
      this.set(false);
      window.parent.focus();
      return;
    }
    if (this.active && on.matches?.(FIELDS)) return;
    if (!this.active) event.preventDefault();
    tell({ type: "stnviz:key", key });
  }

  tellHeight() {
    const height = Math.ceil(this.main.getBoundingClientRect().height);
    if (height !== this.height) tell({ type: "stnviz:height", height: (this.height = height) });
  }

  stop() {
    clearTimeout(this.timer);
    this.size.disconnect();
    this.listening.abort();
    document.documentElement.style.removeProperty("--window-height");
    this.main.style.pointerEvents = "";
  }
}

/** Nothing that is told is private: any page may frame this one. */
const tell = (message) => window.parent.postMessage(message, "*");

/** The first component of the page other than `own`. */
function component(own) {
  for (const element of document.querySelectorAll(".stMain *")) {
    const house = element.shadowRoot?.querySelector(".house");
    if (house && house !== own) return house;
  }
  return null;
}
