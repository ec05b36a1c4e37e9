// Answers from graphs in a worker of the page, with the interface of stage/connection.js.

import { Answerer } from "../stage/answerer.js";
import { bytesAt } from "./bytes.js";

/** Asks a worker instead of the server. */
export class GraphAnswerer extends Answerer {
  /**
   * `files` has the addresses of worker, runtime and wasm; if `inside` is set, they lie in this page,
   * where a worker cannot fetch them. `page` says what its states need:
   * graphs(state) are addresses of graphs, jobs(state) promises a list of { graph, inputs } with
   * { data, shape } of each input by name, and answer(results, state) is made of the outputs, or
   * throws a sentence.
   * `first` is the state whose graphs are loaded at once. `on` is as for every answerer, and has
   * coming({ bytes, of }), which is told how much of the runtime has come.
   */
  constructor(files, page, first, on) {
    super(on);
    Object.assign(this, { page, inside: files.inside, open: false, had: new Set() });
    this.worker = new Worker(absolute(files.worker));
    this.worker.onmessage = ({ data }) => this.receive(data);
    this.worker.onerror = ({ message }) => this.fail(message || "The graph cannot be loaded.");
    const graphs = page.graphs(first).map(absolute);
    const [runtime, wasm] = [files.runtime, files.wasm].map(absolute);
    this.bring([runtime, wasm, ...graphs]).then(
      (bytes) => this.worker.postMessage({ files: { runtime, wasm, graphs }, bytes }),
      (error) => this.fail(error.message),
    );
  }

  /** Promises the bytes of files that the worker needs from the page, those that it has not had. */
  async bring(addresses) {
    const fresh = this.inside ? addresses.filter((address) => !this.had.has(address)) : [];
    for (const address of fresh) this.had.add(address);
    return Promise.all(fresh.map(async (address) => [address, await bytesAt(address)]));
  }

  send(id, state) {
    this.work(id, state).catch((error) => this.receive({ id, error: error.message ?? String(error) }));
  }

  async work(id, state) {
    const wanted = await this.page.jobs(state);
    const jobs = wanted.map(({ graph, inputs }) => ({ graph: absolute(graph), inputs }));
    const bytes = await this.bring(jobs.map(({ graph }) => graph));
    this.worker.postMessage({ id, jobs, bytes });
  }

  receive({ ready, coming, id, results, error }) {
    if (this.closed) return;
    if (coming) {
      this.on.coming(coming);
      return;
    }
    if (ready) {
      this.open = true;
      this.on.open(true);
    } else if (id === undefined) {
      this.fail(error);
      return;
    } else {
      const flight = this.land();
      const answer = error ? { error } : this.answerOf(results, flight.state);
      if (answer.error) this.on.error(answer.error);
      else this.pass(answer, flight);
    }
    this.next();
  }

  answerOf(results, state) {
    try {
      return this.page.answer(results, state);
    } catch ({ message: error }) {
      return { error };
    }
  }

  fail(sentence) {
    this.flight = null;
    this.open = false;
    this.on.error(sentence);
    this.on.open(false);
  }

  close() {
    this.closed = true;
    this.worker.terminate();
  }
}

/** An address as a worker can use it, which has no page that it could be relative to. */
const absolute = (address) => new URL(address, document.baseURI).href;
