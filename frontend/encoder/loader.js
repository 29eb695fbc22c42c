// The start of the encoder's worker, put behind wasm-bindgen's glue (`--target no-modules`) and `fetch.js` in one script.
//
// The first message is `load`: download module and network in parallel, compile, run once. FashionDNA is fetched with the first garment that nobody wears.
// Everything else is Rust: `EncoderWorker.answer`. The messages' fields are those of `stl_types::encoder`.

{
  /** Says now and then that files are arriving: the page takes a silent worker for dead. */
  let unsaid = 0;
  const count = (bytes) => {
    unsaid += bytes;
    if (unsaid < 100_000) return;
    unsaid = 0;
    postMessage({ type: "progress" });
  };

  const load = async ({ wasm, query }) => {
    const [module, onnx] = await Promise.all([downloadModule(wasm, count), downloadFile(query.file, count)]).catch(
      asUnreachable,
    );
    await wasm_bindgen({ module_or_path: module });
    const worker = new wasm_bindgen.EncoderWorker(onnx, query.network);
    worker.warmUp();
    postMessage({ type: "ready" });
    return worker;
  };

  let worker;
  /** FashionDNA on its way, or there. */
  let article;
  const addArticle = async ({ file, network }) => worker.addArticle(await downloadFile(file, count).catch(asUnreachable), network);
  const answer = async (data) => {
    if (data.article) await (article ??= addArticle(data.article));
    await worker.answer(data);
  };

  self.onmessage = async ({ data }) => {
    try {
      if (data.type === "load") worker = await load(data);
      else await answer(data);
    } catch (error) {
      const code = error instanceof Unreachable ? "unreachable" : "broken";
      postMessage({ type: "failed", id: data.id, code, message: String(error) });
    }
  };
}
