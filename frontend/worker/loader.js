// The start of the worker, put behind wasm-bindgen's glue (`--target no-modules`) in one script.
//
// The first message is `load`: download module and network in parallel, compile, run once. Everything after
// that is Rust: `CutoutWorker.answer`. The messages' fields are those of `stl_types::worker`.

{
  /** The browser's decoder needs a few milliseconds for a picture of 128 pixels. */
  const DECODER_MS = 1000;

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
    const [module, packed] = await Promise.all([downloadModule(wasm, count), downloadFile(model, count)]).catch(
      asUnreachable,
    );
    const downloaded = performance.now();
    postMessage({ type: "progress", stage: "compile", done: 0, total: 1 });
    await wasm_bindgen({ module_or_path: module });
    const worker = new wasm_bindgen.CutoutWorker(packed, network);
    const ready = performance.now();
    postMessage({ type: "progress", stage: "warm-up", done: 0, total: 1 });
    worker.warmUp();
    // A decoder that does not answer is taken for one that cannot do it.
    await Promise.race([worker.tryDecoder(), new Promise((resolve) => setTimeout(resolve, DECODER_MS))]);
    const timings = {
      download_ms: downloaded - started,
      compile_ms: ready - downloaded,
      warm_up_ms: performance.now() - ready,
    };
    postMessage({ type: "ready", timings });
    tune(worker);
    return worker;
  };

  /** One short measurement at a time, and none beside a photo, which waits several times for the browser's decoder. */
  const tune = (worker) => setTimeout(() => (isBusy || worker.tune()) && tune(worker));

  let worker;
  let isBusy = false;
  self.onmessage = async ({ data }) => {
    try {
      if (data.type === "load") worker = await load(data);
      else {
        isBusy = true;
        await worker.answer(data);
      }
    } catch (error) {
      const code = error instanceof Unreachable ? "unreachable" : "broken";
      postMessage({ type: "failed", id: data.id, code, message: String(error) });
    } finally {
      isBusy = false;
    }
  };
}
