// This project's worker, driven step by step. In: messages of `bench.js`. Out: milliseconds and bytes.

"use strict";

// The worker's own script: bindings, and the loader's `onmessage`, which is replaced below.
importScripts(decodeURIComponent(location.hash.slice(1)));

let worker;
let memory;

const cold = async ({ wasm, model, network }) => {
  const bytes = async (url) => (await fetch(url, { cache: "no-store" })).arrayBuffer();
  const started = performance.now();
  const [program, packed] = await Promise.all([bytes(wasm.url), bytes(model.url)]);
  const downloaded = performance.now();
  const module = await WebAssembly.compile(program);
  const compiled = performance.now();
  ({ memory } = await wasm_bindgen({ module_or_path: module }));
  // The segmenter's program, or the encoder's.
  worker = new (wasm_bindgen.CutoutWorker ?? wasm_bindgen.EncoderWorker)(new Uint8Array(packed), network);
  const loaded = performance.now();
  worker.warmUp();
  const warm = performance.now();
  // Of the segmenter.
  await worker.tryDecoder?.();
  while (worker.tune?.());
  return {
    download_ms: downloaded - started,
    compile_ms: compiled - downloaded,
    load_ms: loaded - compiled,
    first_ms: warm - loaded,
  };
};

self.onmessage = async ({ data }) => {
  if (data.type === "cold") postMessage({ type: "answer", value: await cold(data) });
  else if (data.type === "run") postMessage({ type: "answer", value: worker.runMs() });
  else if (data.type === "memory") postMessage({ type: "answer", value: memory.buffer.byteLength });
  else await worker.answer(data);
};
