// Dragging with a pointer on a canvas, such as a mark on a curve.

/** Calls `onpull(event, false)` during a drag on `canvas`, and `onpull(event, true)` on release. */
export function pullable(canvas, onpull) {
  // Drags that began elsewhere are ignored.
  const held = ({ pointerId }) => canvas.hasPointerCapture(pointerId);
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    canvas.setPointerCapture(event.pointerId);
    onpull(event, false);
  });
  canvas.addEventListener("pointermove", (event) => held(event) && onpull(event, false));
  canvas.addEventListener("pointerup", (event) => held(event) && onpull(event, true));
}
