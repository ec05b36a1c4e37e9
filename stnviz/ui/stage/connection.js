// The WebSocket to the engine: at most one request in flight, and always the newest state.

import { decode } from "./protocol.js";

const RETRY = [500, 1000, 2000, 5000];
const PATIENCE = 30000; // torch may still be loading when the first request is sent
const KEPT_MEASURES = 2000;

/** Sends states and passes answers on; nothing queues up, however fast the pointer moves. */
export class Connection {
  /**
   * `path` is that of the route; `request(id, state)` builds a request. `on` has the callbacks
   * answer({ head, arrays }, state), error(sentence) and open(isOpen).
   */
  constructor(path, request, on) {
    const url = new URL(path, document.baseURI);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    Object.assign(this, { url: url.href, request, on });
    this.id = 0;
    this.failures = 0;
    this.waiting = null; // the newest state that has not been sent
    this.flight = null; // { id, state, began } of the request in flight
    this.connect();
  }

  get open() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** Whether an answer is still to come. */
  get busy() {
    return Boolean(this.flight || this.waiting);
  }

  connect() {
    if (this.closed) return;
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.failures = 0;
      this.on.open(true);
      this.next();
    };
    socket.onmessage = ({ data }) => this.receive(data);
    socket.onclose = () => {
      if (this.closed || this.socket !== socket) return;
      clearTimeout(this.patience);
      if (this.flight) this.waiting ??= this.flight.state;
      this.flight = null;
      this.on.open(false);
      const wait = RETRY[Math.min(this.failures++, RETRY.length - 1)];
      this.retry = setTimeout(() => this.connect(), wait);
    };
    this.socket = socket;
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
    this.socket.send(JSON.stringify(this.request(this.id, state)));
    this.patience = setTimeout(() => this.socket.close(), PATIENCE);
  }

  receive(data) {
    const flight = this.flight;
    clearTimeout(this.patience);
    this.flight = null;
    if (typeof data === "string") {
      const { error } = JSON.parse(data);
      this.on.error(`${error.field}: ${error.message}`);
    } else if (flight) {
      this.on.answer(decode(data), flight.state);
      performance.measure("stnviz:answer", { start: flight.began, end: performance.now() });
      if (this.id % KEPT_MEASURES === 0) performance.clearMeasures("stnviz:answer");
    }
    this.next();
  }

  close() {
    this.closed = true;
    clearTimeout(this.retry);
    clearTimeout(this.patience);
    this.socket?.close();
  }
}
