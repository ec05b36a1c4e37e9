// Whoever answers states: at most one request in flight, and always the newest state.

const KEPT_MEASURES = 2000;

/** So many of the last answers have their times in `spent`. */
export const LAST_ANSWERS = 40;

/** Nothing queues up, however fast the pointer moves. A subclass has `open` and `send(id, state)`. */
export class Answerer {
  /** `on` has the callbacks answer(answer, state), error(sentence) and open(isOpen). */
  constructor(on) {
    this.on = on;
    this.id = 0;
    this.waiting = null; // the newest state that has not been sent
    this.flight = null; // { id, state, began } of the request in flight
    this.spent = []; // milliseconds from sending a request to having its answer, the newest last, of states in a hurry
  }

  /** Whether an answer is still to come. */
  get busy() {
    return Boolean(this.flight || this.waiting);
  }

  /** Sends `state` as soon as no request is in flight; an older one not yet sent is dropped. */
  ask(state) {
    this.waiting = structuredClone(state);
    this.next();
  }

  next() {
    if (!this.open || this.flight || !this.waiting) return;
    const state = this.waiting;
    this.waiting = null;
    this.flight = { id: ++this.id, state, began: performance.now() };
    this.send(this.id, state);
  }

  /** The request in flight has landed: returns it. */
  land() {
    const { flight } = this;
    this.flight = null;
    return flight;
  }

  /** Passes on the answer to a request that has landed. */
  pass(answer, { state, began }) {
    const end = performance.now();
    if (!state.unhurried) this.spent = [...this.spent.slice(1 - LAST_ANSWERS), end - began];
    this.on.answer(answer, state);
    performance.measure("stnviz:answer", { start: began, end: performance.now() });
    if (this.id % KEPT_MEASURES === 0) performance.clearMeasures("stnviz:answer");
  }
}
