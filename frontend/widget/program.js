// @ts-check
/**
 * Loads the program. In: the server's address. Out: the page's own program (`frontend/page/src/widget.rs`) and its style sheet.
 *
 * @typedef {{ module: string, wasm: string, style: string }} Files As in `stl_types::wire::WidgetFiles`.
 * @typedef {{ search(photo: Blob): void, configure(options: object): void, unmount(): void }} Mounted
 * @typedef {{ mountWidget(root: HTMLElement, options: object): Mounted }} Program
 */

import { get } from "./request.js";

/** By server: all widgets of a page share it. @type {Map<string, Promise<{ program: Program, style: CSSStyleSheet }>>} */
const loaded = new Map();

/** Loads the program from a server, once. @param {string} base */
export const load = (base) => {
  let loading = loaded.get(base);
  if (!loading) {
    loading = fetchProgram(base);
    loaded.set(base, loading);
    // The next interaction tries again.
    loading.catch(() => loaded.delete(base));
  }
  return loading;
};

/** @param {string} base */
const fetchProgram = async (base) => {
  /** @type {Files} */
  const files = await (await get(base, "/widget.json", { cache: "no-cache" })).json();
  const [program, css] = await Promise.all([
    import(base + files.module),
    get(base, files.style).then((response) => response.text()),
  ]);
  // Compiles while it downloads. The program mounts nothing by itself in a page that is not its own.
  await program.default({ module_or_path: get(base, files.wasm) });
  const style = new CSSStyleSheet();
  style.replaceSync(css);
  return { program, style };
};
