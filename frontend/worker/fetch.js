// Downloads with a hash, for the workers: put before their loaders in one script.

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

/**
 * A module that compiles while it downloads; nothing of it runs before its hash is known. Rejects with `Unreachable`, or with a
 * `CompileError`.
 */
const downloadModule = async (wasm, onChunk) => {
  const [streamed, kept] = (await download(wasm.url, onChunk)).tee();
  const program = new Response(streamed, { headers: { "content-type": "application/wasm" } });
  const [module] = await Promise.all([WebAssembly.compileStreaming(program), checked(kept, wasm)]);
  return module;
};

/** A file's bytes, checked. */
const downloadFile = async (file, onChunk) => checked(await download(file.url, onChunk), file);

/** What a failed download is reported as. */
const asUnreachable = (error) => {
  throw error instanceof WebAssembly.CompileError ? error : new Unreachable(String(error));
};
