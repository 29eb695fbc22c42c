// The start of the worker, put behind wasm-bindgen's glue (`--target no-modules`) in one script.
//
// The first message is `load`: download module and network in parallel, compile, run once. Everything after
// that is Rust: `CutoutWorker.answer`. The messages' fields are those of `stl_types::worker`.

{
  /** A file did not arrive, or not whole. */
  class Unreachable extends Error {}

  /** Fetches a file's stream and calls `onChunk(bytes)` with the size of every decompressed chunk. */
  const download = async (url, onChunk) => {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
    const counter = new TransformStream({
      transform(chunk, controller) {
        onChunk(chunk.byteLength);
        controller.enqueue(chunk);
      },
    });
    return response.body.pipeThrough(counter);
  };

  /** A stream's bytes, if their SHA-256 is what was announced. Without a secure context there is no digest to compare. */
  const checked = async (stream, { url, sha256 }) => {
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    if (!self.crypto?.subtle) return bytes;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    if (found !== sha256) throw new Error(`${url}: expected a file with the SHA-256 ${sha256}, got ${found}`);
    return bytes;
  };

  const load = async ({ wasm, model, network }) => {
    const started = performance.now();
    const total = wasm.bytes + model.bytes;
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
    const compiled = async () => {
      const [streamed, kept] = (await download(wasm.url, count)).tee();
      const program = new Response(streamed, { headers: { "content-type": "application/wasm" } });
      // Compiles while it downloads; nothing of it runs before its hash is known.
      const [module] = await Promise.all([WebAssembly.compileStreaming(program), checked(kept, wasm)]);
      return module;
    };
    const [module, packed] = await Promise.all([
      compiled(),
      download(model.url, count).then((stream) => checked(stream, model)),
    ]).catch((error) => {
      throw error instanceof WebAssembly.CompileError ? error : new Unreachable(String(error));
    });
    const downloaded = performance.now();
    postMessage({ type: "progress", stage: "compile", done: 0, total: 1 });
    await wasm_bindgen({ module_or_path: module });
    const worker = new wasm_bindgen.CutoutWorker(packed, network);
    const ready = performance.now();
    postMessage({ type: "progress", stage: "warm-up", done: 0, total: 1 });
    worker.warmUp();
    const timings = {
      download_ms: downloaded - started,
      compile_ms: ready - downloaded,
      warm_up_ms: performance.now() - ready,
    };
    postMessage({ type: "ready", timings });
    tune(worker);
    return worker;
  };

  /** One short measurement at a time, so that a photo waits for one at most. */
  const tune = (worker) => setTimeout(() => worker.tune() && tune(worker));

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
