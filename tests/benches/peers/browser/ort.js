// onnxruntime-web on one thread with the same network in its natural form. In: messages of `bench.js`. Out: milliseconds and bytes.

import * as ort from "/ort/ort.wasm.min.mjs";

let session;
let input;
let memory;

const cold = async ({ wasm, model, shape }) => {
  const bytes = async (url) => (await fetch(url, { cache: "no-store" })).arrayBuffer();
  const started = performance.now();
  const [program, network] = await Promise.all([bytes(wasm), bytes(model)]);
  const downloaded = performance.now();
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = "/ort/";
  // Compiles here, so that compiling and loading are timed separately. The runtime then gets the compiled module.
  const module = await WebAssembly.compile(program);
  const compiled = performance.now();
  const instantiate = WebAssembly.instantiate;
  WebAssembly.instantiate = async (source, imports) => {
    const instance = await instantiate(source instanceof WebAssembly.Module ? source : module, imports);
    memory = Object.values(imports).flatMap(Object.values).find((value) => value instanceof WebAssembly.Memory)
      ?? Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory);
    return source instanceof WebAssembly.Module ? instance : { module, instance };
  };
  ort.env.wasm.wasmBinary = program;
  session = await ort.InferenceSession.create(new Uint8Array(network), { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
  input = new ort.Tensor("float32", new Float32Array(shape.reduce((a, b) => a * b)), shape);
  const loaded = performance.now();
  await session.run({ [session.inputNames[0]]: input });
  const warm = performance.now();
  return {
    download_ms: downloaded - started,
    compile_ms: compiled - downloaded,
    load_ms: loaded - compiled,
    first_ms: warm - loaded,
  };
};

const run = async () => {
  const started = performance.now();
  await session.run({ [session.inputNames[0]]: input });
  return performance.now() - started;
};

self.onmessage = async ({ data }) => {
  if (data.type === "cold") postMessage({ type: "answer", value: await cold(data) });
  else if (data.type === "run") postMessage({ type: "answer", value: await run() });
  else postMessage({ type: "answer", value: memory ? memory.buffer.byteLength : 0 });
};
postMessage({ type: "answer", value: "started" });
