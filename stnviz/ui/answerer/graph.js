// Answers from a graph in a worker of the page, with the interface of stage/connection.js.

/** Asks a worker instead of the server; nothing queues up, however fast the pointer moves. */
export class GraphAnswerer {
  /**
   * `files` has the addresses of worker, runtime, wasm and graph. `inputs(state)` gives the graph's
   * inputs by name, { data, shape } each. `on` has the callbacks answer({ arrays }, state),
   * error(sentence) and open(isOpen).
   */
  constructor(files, inputs, on) {
    Object.assign(this, { inputs, on });
    this.id = 0;
    this.open = false;
    this.waiting = null; // the newest state that has not been sent
    this.flight = null; // { id, state, began } of the request in flight
    this.worker = new Worker(files.worker, { type: "module" });
    this.worker.onmessage = ({ data }) => this.receive(data);
    this.worker.onerror = ({ message }) => this.fail(message || "The graph cannot be loaded.");
    const absolute = Object.entries(files).map(([name, file]) => [
      name,
      new URL(file, document.baseURI).href,
    ]);
    this.worker.postMessage({ files: Object.fromEntries(absolute) });
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
    this.worker.postMessage({ id: this.id, inputs: this.inputs(state) });
  }

  receive({ ready, id, arrays, error }) {
    if (ready) {
      this.open = true;
      this.on.open(true);
    } else if (id === undefined) {
      this.fail(error);
      return;
    } else {
      const flight = this.flight;
      this.flight = null;
      if (error) this.on.error(error);
      else {
        this.on.answer({ arrays }, flight.state);
        performance.measure("stnviz:answer", { start: flight.began, end: performance.now() });
      }
    }
    this.next();
  }

  fail(sentence) {
    this.flight = null;
    this.open = false;
    this.on.error(sentence);
    this.on.open(false);
  }

  close() {
    this.worker.terminate();
  }
}
