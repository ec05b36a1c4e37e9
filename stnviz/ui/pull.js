// Something that can be pulled about: a mark on a curve.

/** `onpull(event, settled)` while `canvas` is held, and once more when it is let go. */
export function pullable(canvas, onpull) {
  // What began elsewhere only comes by.
  const held = ({ pointerId }) => canvas.hasPointerCapture(pointerId);
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    canvas.setPointerCapture(event.pointerId);
    onpull(event, false);
  });
  canvas.addEventListener("pointermove", (event) => held(event) && onpull(event, false));
  canvas.addEventListener("pointerup", (event) => held(event) && onpull(event, true));
}
