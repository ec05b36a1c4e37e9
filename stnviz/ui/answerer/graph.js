// Answers from a graph in a worker of the page, with the interface of stage/connection.js.

import { Answerer } from "../stage/answerer.js";

/** Asks a worker instead of the server. */
export class GraphAnswerer extends Answerer {
  /**
   * `files` has the addresses of worker, runtime, wasm and graph. `inputs(state)` gives the graph's
   * inputs by name, { data, shape } each. `on` has the callbacks answer({ arrays }, state),
   * error(sentence) and open(isOpen).
   */
  constructor(files, inputs, on) {
    super(on);
    Object.assign(this, { inputs, open: false });
    this.worker = new Worker(files.worker, { type: "module" });
    this.worker.onmessage = ({ data }) => this.receive(data);
    this.worker.onerror = ({ message }) => this.fail(message || "The graph cannot be loaded.");
    const absolute = Object.entries(files).map(([name, file]) => [
      name,
      new URL(file, document.baseURI).href,
    ]);
    this.worker.postMessage({ files: Object.fromEntries(absolute) });
  }

  send(id, state) {
    this.worker.postMessage({ id, inputs: this.inputs(state) });
  }

  receive({ ready, id, arrays, error }) {
    if (ready) {
      this.open = true;
      this.on.open(true);
    } else if (id === undefined) {
      this.fail(error);
      return;
    } else {
      const flight = this.land();
      if (error) this.on.error(error);
      else this.pass({ arrays }, flight);
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
