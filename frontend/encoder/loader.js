// The start of the encoder's worker, put behind wasm-bindgen's glue (`--target no-modules`) and `fetch.js` in one script.
//
// The first message is `load`: download module and network in parallel, compile, run once. FashionDNA is fetched with the first garment that nobody wears.
// Everything else is Rust: `EncoderWorker.answer`. The messages' fields are those of `stl_types::encoder`.

{
  const nobodyWaits = () => {};

  const load = async ({ wasm, query }) => {
    const [module, onnx] = await Promise.all([downloadModule(wasm, nobodyWaits), downloadFile(query.file, nobodyWaits)]).catch(
      asUnreachable,
    );
    await wasm_bindgen({ module_or_path: module });
    const worker = new wasm_bindgen.EncoderWorker(onnx, query.network);
    worker.warmUp();
    postMessage({ type: "ready" });
    return worker;
  };

  let worker;
  let hasArticle = false;
  const answer = async (data) => {
    if (data.article && !hasArticle) {
      worker.addArticle(await downloadFile(data.article.file, nobodyWaits).catch(asUnreachable), data.article.network);
      hasArticle = true;
    }
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
