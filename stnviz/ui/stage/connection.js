// The WebSocket to the engine.

import { Answerer } from "./answerer.js";
import { decode } from "./protocol.js";

const RETRY = [500, 1000, 2000, 5000];
const PATIENCE = 30000; // torch may still be loading when the first request is sent

/** Asks the server, and connects again whenever the connection is lost. */
export class Connection extends Answerer {
  /**
   * `path` is that of the route; `request(id, state)` builds a request. `on` has the callbacks
   * answer({ head, arrays }, state), error(sentence) and open(isOpen).
   */
  constructor(path, request, on) {
    super(on);
    const url = new URL(path, document.baseURI);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    Object.assign(this, { url: url.href, request });
    this.failures = 0;
    this.connect();
  }

  get open() {
    return this.socket?.readyState === WebSocket.OPEN;
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

  send(id, state) {
    this.socket.send(JSON.stringify(this.request(id, state)));
    this.patience = setTimeout(() => this.socket.close(), PATIENCE);
  }

  receive(data) {
    const flight = this.land();
    clearTimeout(this.patience);
    if (typeof data === "string") {
      const { error } = JSON.parse(data);
      this.on.error(`${error.field}: ${error.message}`);
    } else if (flight) this.pass(decode(data), flight);
    this.next();
  }

  close() {
    this.closed = true;
    clearTimeout(this.retry);
    clearTimeout(this.patience);
    this.socket?.close();
  }
}
