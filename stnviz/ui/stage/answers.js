// Who answers the stage: the server, or graphs in this page where the server is slow or out of reach.

import { GraphAnswerer } from "../answerer/graph.js";
import { LAST_ANSWERS } from "./answerer.js";
import { Connection } from "./connection.js";

const SLOW = 60; // milliseconds that all but the slowest of the last answers may take
const SHARE = 0.95;
const OWN = "the answers are computed in this page.";

/** What is said until a page that computes all answers can. */
export const LOADING = "The networks are on their way into this page, which will compute the answers.";

/** Asks the live route or the page's graphs, with the interface of both. */
export class Answers {
  /**
   * `offer` is what the page may compute with: { way, worker, runtime, wasm }, or null. `page` says
   * what the graphs get and make, as for GraphAnswerer. `live` has the path and the request of the
   * live route, whose path is null where there is no server; `state` is the first that may be asked. `on` is as for every answerer; open(isOpen, note) also has a sentence on
   * who answers, and coming(sentence) says how far the page is from answering, if nobody answers yet.
   */
  constructor(offer, page, live, state, on) {
    Object.assign(this, { offer, page, live, state, on, note: "", wanted: false });
    if (offer?.way === "browser") this.begin();
    else this.connect();
  }

  get busy() {
    return Boolean(this.asked?.busy);
  }

  /** Whether somebody answers. */
  get open() {
    return Boolean(this.asked?.open);
  }

  /** Whether a newer state is to be asked for than the one in flight. */
  get waiting() {
    return Boolean(this.asked?.waiting);
  }

  /** Whether the page computes the answers. */
  get own() {
    return this.asked !== undefined && this.asked === this.graphs;
  }

  ask(state) {
    Object.assign(this, { state, wanted: true });
    this.asked?.ask(state);
  }

  connect() {
    this.connection = new Connection(this.live.path, this.live.request, {
      answer: (answer, state) => {
        this.on.answer(answer, state);
        if (isSlow(this.connection.spent)) this.begin();
      },
      error: this.on.error,
      open: (isOpen) => {
        if (this.own) return;
        this.on.open(isOpen, isOpen ? this.note : "");
        if (!isOpen) this.begin();
      },
    });
    this.asked = this.connection;
  }

  /** Loads the graphs; they take over as soon as they are there. */
  begin() {
    if (!this.offer || this.graphs) return;
    this.graphs = new GraphAnswerer(this.offer, this.page, this.state, {
      answer: this.on.answer,
      error: (sentence) => (this.own ? this.on.error(sentence) : (this.why = sentence)),
      open: (isOpen) => (isOpen ? this.takeOver() : this.giveUp()),
      coming: ({ bytes, of }) => this.asked || this.on.coming(`${LOADING} ${megabytes(bytes)} of ${megabytes(of)} MB are there.`),
    });
  }

  takeOver() {
    const lost = this.connection && !this.connection.open;
    if (this.connection) this.note = `The server is ${lost ? "out of reach" : "slow"}: ${OWN}`;
    this.connection?.close();
    this.asked = this.graphs;
    this.on.open(true, this.note);
    if (this.wanted) this.asked.ask(this.state);
  }

  /** The graphs cannot be loaded: the server answers. */
  giveUp() {
    this.graphs.close();
    const server = this.live.path ? ", and the server does" : "";
    this.note = `This page cannot compute the answers${server}: ${this.why}`;
    if (!this.live.path) {
      this.on.open(false, this.note);
      return;
    }
    if (this.connection) {
      this.on.open(this.connection.open, this.note);
      return;
    }
    this.connect();
    if (this.wanted) this.asked.ask(this.state);
  }

  close() {
    this.connection?.close();
    this.graphs?.close();
  }
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

/** Whether the last answers took too long, as soon as there are enough of them. */
function isSlow(spent) {
  if (spent.length < LAST_ANSWERS) return false;
  return spent.toSorted((a, b) => a - b)[Math.floor(SHARE * spent.length)] > SLOW;
}
