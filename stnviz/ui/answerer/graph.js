// Answers from graphs in a worker of the page, with the interface of stage/connection.js.

import { Answerer } from "../stage/answerer.js";
import { bytesAt } from "./bytes.js";

/** Asks a worker instead of the server. */
export class GraphAnswerer extends Answerer {
  /**
   * `files` has the addresses of worker, runtime and wasm; if `inside` is set, they lie in this page,
   * where a worker cannot fetch them. `page` says what its states need:
   * graphs(state) are addresses of graphs, and answer(state, run) promises an answer, or throws a
   * sentence. `run` takes a list of { graph, inputs, outputs } with { data, shape } of each input by
   * name and the names of outputs, all if there are none; it promises the outputs of each.
   * `first` is the state whose graphs are loaded at once. `on` is as for every answerer, and has
   * coming({ bytes, of }), which is told how much of the runtime has come.
   */
  constructor(files, page, first, on) {
    super(on);
    Object.assign(this, { page, inside: files.inside, open: false, had: new Set(), awaited: new Map(), sent: 0 });
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

  send(_, state) {
    this.page.answer(state, (jobs) => this.run(jobs)).then(
      (answer) => this.arrive(answer),
      ({ message }) => this.arrive({ error: message }),
    );
  }

  /** Promises the outputs of graphs. */
  async run(wanted) {
    const jobs = wanted.map((job) => ({ ...job, graph: absolute(job.graph) }));
    const bytes = await this.bring(jobs.map(({ graph }) => graph));
    const results = new Promise((take, refuse) => this.awaited.set(++this.sent, { take, refuse }));
    this.worker.postMessage({ id: this.sent, jobs, bytes });
    return results;
  }

  receive({ ready, coming, id, results, error }) {
    if (this.closed) return;
    if (coming) {
      this.on.coming(coming);
    } else if (ready) {
      this.open = true;
      this.on.open(true);
      this.next();
    } else if (id === undefined) {
      this.fail(error);
    } else {
      const { take, refuse } = this.awaited.get(id);
      this.awaited.delete(id);
      if (error) refuse(new Error(error));
      else take(results);
    }
  }

  /** An answer is complete, or there is a sentence why not. */
  arrive(answer) {
    if (this.closed) return;
    const flight = this.land();
    if (answer.error) this.on.error(answer.error);
    else this.pass(answer, flight);
    this.next();
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
