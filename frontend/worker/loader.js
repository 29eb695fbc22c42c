// The start of the worker, put behind wasm-bindgen's glue (`--target no-modules`) in one script.
//
// The first message is `load`: download module and network in parallel, compile, optimise, run once. Everything after
// that is Rust: `CutoutWorker.answer`. The messages' fields are those of `stl_shared::worker`.

{
  /** A file did not arrive, or not whole. */
  class Unreachable extends Error {}

  /** Fetches `url` and tells `onChunk` of the bytes of every chunk, as they are after decompression. */
  const download = async (url, contentType, onChunk) => {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
    const counter = new TransformStream({
      transform(chunk, controller) {
        onChunk(chunk.byteLength);
        controller.enqueue(chunk);
      },
    });
    return new Response(response.body.pipeThrough(counter), { headers: { "content-type": contentType } });
  };

  const load = async ({ wasm, wasm_bytes, model, model_bytes, manifest }) => {
    const started = performance.now();
    const total = wasm_bytes + model_bytes;
    let done = 0;
    let percent = -1;
    // One message for each percent: a fast network delivers more chunks than a screen has frames.
    const count = (bytes) => {
      done = Math.min(done + bytes, total);
      const now = Math.floor((100 * done) / total);
      if (now === percent) return;
      percent = now;
      postMessage({ type: "progress", stage: "download", done, total });
    };
    const [module, onnx, text] = await Promise.all([
      // Compiles while it downloads.
      WebAssembly.compileStreaming(download(wasm, "application/wasm", count)),
      download(model, "application/octet-stream", count).then((response) => response.arrayBuffer()),
      download(manifest, "text/plain", () => {}).then((response) => response.text()),
    ]).catch((error) => {
      throw error instanceof WebAssembly.CompileError ? error : new Unreachable(String(error));
    });
    const downloaded = performance.now();
    postMessage({ type: "progress", stage: "compile", done: 0, total: 1 });
    await wasm_bindgen({ module_or_path: module });
    const worker = new wasm_bindgen.CutoutWorker(new Uint8Array(onnx), text);
    const compiled = performance.now();
    postMessage({ type: "progress", stage: "warm-up", done: 0, total: 1 });
    worker.warmUp();
    const timings = {
      download_ms: downloaded - started,
      compile_ms: compiled - downloaded,
      warm_up_ms: performance.now() - compiled,
    };
    postMessage({ type: "ready", timings });
    return worker;
  };

  let worker;
  self.onmessage = async ({ data }) => {
    try {
      if (data.type === "load") worker = await load(data);
      else await worker.answer(data);
    } catch (error) {
      const code = error instanceof Unreachable ? "unreachable" : "broken";
      postMessage({ type: "failed", id: data.id, code, message: String(error) });
    }
  };
}
