// Handles on the input image: turn, move, scale, pull a corner or a spline point.

import { make } from "./dom.js";
import { DIGIT, centre, clamp, fromView, pose, pulled, restingPoints, toView, wrap } from "./geometry.js";
import { laterMaps } from "./warp.js";

const KNOB_GAP = 0.16;
const KEY_STEP = { angle: Math.PI / 90, scale: 0.02, px: 0.5 };

/** Which groups of handles a distortion's controls offer. */
export function groupsOf(controls) {
  const names = controls.map((control) => control.name);
  const groups = [];
  if (names.some((name) => ["angle", "shift_x", "scale_x"].includes(name))) groups.push("pose");
  if (names.includes("corner0_x")) groups.push("corner");
  if (names.includes("spline0_x")) groups.push("spline");
  if (!groups.length) groups.push("pose");
  return groups;
}

/**
 * The handles over one input image. `host` provides state, canvas (pixels), controls (by name),
 * group, change(values) and release(). All rows have the same handles, so only those of the first
 * are in the tab order.
 */
export class Handles {
  constructor(view, host, first) {
    this.view = view;
    this.host = host;
    this.first = first;
    this.root = make("div", { class: "handles" });
    this.buttons = [];
    view.append(this.root);
    view.addEventListener("pointerdown", (event) => this.grab(event));
  }

  /** Creates the buttons that the group needs, and places them. */
  rebuild() {
    const { controls, group } = this.host;
    const has = (name) => name in controls;
    const kinds = [];
    if (group === "pose") {
      if (has("shift_x")) kinds.push({ kind: "move", label: "Move the digit" });
      if (has("scale") || has("scale_x")) kinds.push({ kind: "scale", label: "Scale the digit" });
      if (has("angle")) kinds.push({ kind: "turn", label: "Turn the digit" });
    } else {
      const what = group === "corner" ? "corner" : "spline point";
      restingPoints(group).forEach((_, k) => {
        kinds.push({ kind: "pull", k, label: `Pull ${what} ${k + 1}` });
      });
    }
    this.root.replaceChildren();
    this.buttons = kinds.map((kind) => {
      const button = make("button", {
        type: "button",
        class: `handle ${kind.kind}`,
        "aria-label": kind.label,
        tabindex: !this.first && "-1",
        title: `${kind.label}: drag it, or use the arrow keys`,
        onkeydown: (event) => this.key(event, kind),
        onkeyup: ({ key }) => key.startsWith("Arrow") && this.host.release(),
      });
      button.kind = kind;
      this.root.append(button);
      return button;
    });
    this.place();
  }

  place() {
    const later = this.later();
    for (const button of this.buttons) {
      const [x, y] = later.there(this.acting(button.kind)).map((u) => clamp(u, -1.24, 1.24));
      button.style.left = `${toView(x) * 100}%`;
      button.style.top = `${toView(y) * 100}%`;
    }
  }

  /** The maps that act on the image after these handles' own. */
  later() {
    const { state, canvas, group } = this.host;
    return laterMaps(state.values, canvas, group);
  }

  /** Where a handle acts, before the later maps. */
  acting({ kind, k }) {
    const { state, canvas, group } = this.host;
    const half = DIGIT / canvas;
    if (kind === "pull") return pulled(state.values, canvas, group, k);
    if (kind === "move") return centre(state.values, canvas);
    if (kind === "scale") return pose(state.values, canvas, [half * 0.8, half * 0.8]);
    const [cx, cy] = centre(state.values, canvas);
    const reach = Math.min(Math.hypot(...this.arm(half)), 1.0) + KNOB_GAP;
    const angle = state.values.angle ?? 0;
    return [cx + Math.sin(angle) * reach, cy - Math.cos(angle) * reach];
  }

  /** From the digit's centre to the middle of its frame's top side. */
  arm(half) {
    const { state, canvas } = this.host;
    const [tx, ty] = pose(state.values, canvas, [0, -half]);
    const [cx, cy] = centre(state.values, canvas);
    return [tx - cx, ty - cy];
  }

  at(event) {
    const box = this.view.getBoundingClientRect();
    return [
      fromView((event.clientX - box.left) / box.width),
      fromView((event.clientY - box.top) / box.height),
    ];
  }

  grab(event) {
    if (event.button > 0 || !event.isPrimary) return;
    const kind = event.target.closest?.(".handle")?.kind ?? this.bodyKind();
    if (!kind) return;
    event.preventDefault();
    event.target.closest?.(".handle")?.focus({ preventScroll: true });
    this.view.setPointerCapture(event.pointerId);
    const start = this.start(this.at(event), kind);
    const ours = (next) => next.pointerId === event.pointerId;
    const move = (next) => ours(next) && this.drag(kind, start, this.at(next));
    const end = (next) => {
      if (!ours(next)) return;
      this.view.removeEventListener("pointermove", move);
      this.view.removeEventListener("pointerup", end);
      this.view.removeEventListener("pointercancel", end);
      this.host.release();
    };
    this.view.addEventListener("pointermove", move);
    this.view.addEventListener("pointerup", end);
    this.view.addEventListener("pointercancel", end);
  }

  /** What dragging the image itself does: pull all points, move it, or else turn it. */
  bodyKind() {
    const { controls, group } = this.host;
    if (group !== "pose") return { kind: "pull all" };
    if ("shift_x" in controls) return { kind: "move" };
    return "angle" in controls ? { kind: "turn" } : null;
  }

  /**
   * The start of a drag: `before`, where it begins, and `way(at)`, which maps a place on screen back
   * to before the later maps. A point is held at its middle, anything else where the pointer is.
   */
  start(at, { kind, k }) {
    const { values } = this.host.state;
    const later = this.later();
    const [x, y] = kind === "pull" ? later.there(this.acting({ kind, k })) : at;
    const way = ([u, v]) => later.back([u + x - at[0], v + y - at[1]]);
    return { before: way(at), way, values: { ...values } };
  }

  drag({ kind, k }, start, at) {
    const { canvas, group, controls } = this.host;
    const unit = canvas / 2;
    const [[u, v], [x, y]] = [start.before, start.way(at)];
    const [dx, dy] = [(x - u) * unit, (y - v) * unit];
    const before = (name) => start.values[name] ?? 0;
    if (kind === "move") {
      this.change({ shift_x: before("shift_x") + dx, shift_y: before("shift_y") + dy });
    } else if (kind === "turn") {
      const [cx, cy] = centre(start.values, canvas);
      const from = Math.atan2(v - cy, u - cx);
      const to = Math.atan2(y - cy, x - cx);
      this.change({ angle: wrap(before("angle") + to - from) });
    } else if (kind === "scale") {
      const [cx, cy] = centre(start.values, canvas);
      const ratio = Math.hypot(x - cx, y - cy) / Math.hypot(u - cx, v - cy);
      const names = "scale" in controls ? ["scale"] : ["scale_x", "scale_y"];
      this.change(
        Object.fromEntries(names.map((name) => [name, (start.values[name] ?? 1) * ratio])),
      );
    } else {
      const points = kind === "pull" ? [k] : restingPoints(group).map((_, index) => index);
      const changed = {};
      for (const index of points) {
        changed[`${group}${index}_x`] = before(`${group}${index}_x`) + dx;
        changed[`${group}${index}_y`] = before(`${group}${index}_y`) + dy;
      }
      this.change(changed);
    }
  }

  change(values) {
    const { controls } = this.host;
    const kept = Object.entries(values).map(([name, number]) => {
      return [name, clamp(number, controls[name].low, controls[name].high)];
    });
    this.host.change(Object.fromEntries(kept));
  }

  key(event, { kind, k }) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
      event.key
    ];
    if (!way) return;
    event.preventDefault();
    const { state, controls, canvas } = this.host;
    const now = (name, rest = 0) => state.values[name] ?? rest;
    const [right, down] = way;
    if (kind === "turn") {
      this.change({ angle: wrap(now("angle") + (right + down) * KEY_STEP.angle) });
    } else if (kind === "scale") {
      const step = (right - down) * KEY_STEP.scale;
      const names = "scale" in controls ? ["scale"] : ["scale_x", "scale_y"];
      this.change(Object.fromEntries(names.map((name) => [name, now(name, 1) + step])));
    } else {
      const [x, y] = this.later().there(this.acting({ kind, k }));
      const step = KEY_STEP.px * (2 / canvas);
      this.drag({ kind, k }, this.start([x, y], { kind, k }), [x + right * step, y + down * step]);
    }
  }
}
