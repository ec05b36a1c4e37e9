// A worker that holds one ONNX graph: it is loaded once, and then answers inputs with outputs.

let ort = null;
let session = null;

/** Loads the runtime and the graph; both are addresses of this server. */
async function load({ runtime, wasm, graph }) {
  ort = await import(runtime);
  const [binary, bytes] = await Promise.all([wasm, graph].map(fetched));
  ort.env.wasm.numThreads = 1; // a small graph on one thread is faster than shared
  ort.env.wasm.wasmBinary = binary;
  session = await ort.InferenceSession.create(new Uint8Array(bytes), {
    executionProviders: ["wasm"],
  });
}

async function fetched(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} does not come (${response.status}).`);
  return response.arrayBuffer();
}

/** Outputs by name, { data, shape } each, as in an answer of the live route. */
async function run(inputs) {
  const feeds = {};
  for (const name of session.inputNames) {
    feeds[name] = new ort.Tensor("float32", inputs[name].data, inputs[name].shape);
  }
  const outputs = await session.run(feeds);
  const arrays = {};
  for (const [name, { data, dims }] of Object.entries(outputs)) {
    arrays[name] = { data, shape: dims };
  }
  return arrays;
}

self.onmessage = async ({ data: { id, files, inputs } }) => {
  try {
    if (files) {
      await load(files);
      self.postMessage({ ready: true });
    } else {
      self.postMessage({ id, arrays: await run(inputs) });
    }
  } catch (error) {
    self.postMessage({ id, error: error.message ?? String(error) });
  }
};
