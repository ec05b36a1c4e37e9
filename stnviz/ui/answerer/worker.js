// A worker that holds ONNX graphs: each is loaded once, and then answers inputs with outputs.

import { bytesAt } from "./bytes.js";

let ort = null;
const TELLING = 250; // milliseconds between two messages on what is coming
const sessions = new Map(); // by address of the graph
const brought = new Map(); // bytes of files that the page has brought, by address

/** Loads the runtime and the first graphs; all are addresses. */
async function open({ runtime, wasm, graphs }) {
  const own = brought.has(runtime) && new Blob([brought.get(runtime)], { type: "text/javascript" });
  ort = await import(own ? URL.createObjectURL(own) : runtime);
  ort.env.wasm.numThreads = 1; // a small graph on one thread is faster than shared
  // A browser compiles the file while it comes, and keeps that; a packed one it cannot read.
  if (new URL(wasm).pathname.endsWith(".wasm")) ort.env.wasm.wasmPaths = { wasm };
  else ort.env.wasm.wasmBinary = brought.get(wasm) ?? (await bytesAt(wasm, telling()));
  for (const graph of graphs) await load(graph);
}

/** Tells the page how much of a file has come, a few times a second. */
function telling() {
  let last = 0;
  return (bytes, of) => {
    if (performance.now() - last < TELLING && bytes < of) return;
    last = performance.now();
    self.postMessage({ coming: { bytes, of } });
  };
}

async function load(graph) {
  if (!sessions.has(graph)) {
    const bytes = new Uint8Array(brought.get(graph) ?? (await bytesAt(graph)));
    const options = { executionProviders: ["wasm"] };
    sessions.set(graph, await ort.InferenceSession.create(bytes, options));
  }
  return sessions.get(graph);
}

/** Outputs of a graph by name, { data, shape } each, as in an answer of the live route; all unless some are named. */
async function run({ graph, inputs, outputs }) {
  const session = await load(graph);
  const feeds = {};
  for (const name of session.inputNames) {
    feeds[name] = new ort.Tensor("float32", inputs[name].data, inputs[name].shape);
  }
  const arrays = {};
  for (const [name, { data, dims }] of Object.entries(await session.run(feeds, outputs ?? session.outputNames))) {
    arrays[name] = { data, shape: dims };
  }
  return arrays;
}

self.onmessage = async ({ data: { id, files, jobs, bytes } }) => {
  try {
    for (const [address, one] of bytes) brought.set(address, one);
    if (files) {
      await open(files);
      self.postMessage({ ready: true });
      return;
    }
    const results = [];
    for (const job of jobs) results.push(await run(job));
    self.postMessage({ id, results });
  } catch (error) {
    self.postMessage({ id, error: error.message ?? String(error) });
  }
};
