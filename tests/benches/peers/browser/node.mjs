// Times the bare inference in Node: `node [--experimental-wasm-relaxed-simd] node.mjs DIST BUILD ROUNDS`.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInThisContext } from "node:vm";

const [dist, name, rounds] = process.argv.slice(2);
const read = (url) => readFileSync(join(dist, url));
const { [name]: build, model, network } = JSON.parse(read("/segmenter/segmenter.json"));
// The globals that the script expects in a worker.
globalThis.self = globalThis;
globalThis.location = { href: "file:///" };
runInThisContext(`${read(build.script)}; globalThis.wasm_bindgen = wasm_bindgen;`);
await wasm_bindgen({ module_or_path: await WebAssembly.compile(read(build.wasm.url)) });
const started = performance.now();
const worker = new wasm_bindgen.CutoutWorker(new Uint8Array(read(model.url)), network);
const load_ms = performance.now() - started;
while (worker.tune());
const times = Array.from({ length: Number(rounds) }, () => worker.runMs()).sort((a, b) => a - b);
const at = (share) => times[Math.floor(share * (times.length - 1))];
console.log(JSON.stringify({ build: name, load_ms, ours_ms: at(0.5), p25: at(0.25), p75: at(0.75) }));
