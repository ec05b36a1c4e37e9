// The landing page's first seconds: stored answers play one slow turn, then stop.

const TURN_SECONDS = 4;

/**
 * Plays `answers` forth and back once, then rests on the first; returns a function that stops it.
 * Visitors who prefer reduced motion see the first one only.
 */
export function intro(answers, stage) {
  let timer = null;
  stage.show(answers[0]);
  if (matchMedia("(prefers-reduced-motion: reduce)").matches || answers.length < 2) return settle;
  const turn = [...answers, ...answers.slice(0, -1).reverse()];
  const began = performance.now();
  timer = requestAnimationFrame(frame);
  let last = 0;

  function frame(now) {
    const share = Math.min(1, (now - began) / (TURN_SECONDS * 1000));
    // Slow at both ends.
    const eased = share < 1 ? (1 - Math.cos(share * Math.PI)) / 2 : 1;
    const index = Math.round(eased * (turn.length - 1));
    if (index !== last) {
      last = index;
      Object.assign(stage.state.values, turn[index].head.values);
      stage.refresh();
      stage.show(turn[index]);
    }
    if (share < 1) timer = requestAnimationFrame(frame);
    else settle();
  }

  function settle() {
    cancelAnimationFrame(timer);
    stage.stopIntro = null;
  }
  return settle;
}
