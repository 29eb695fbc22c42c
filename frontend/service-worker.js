// The page without a connection, and photos that other apps share with it. In: requests of the page. Out: answers from the network
// or from this device. Neither requests to the API nor its answers are ever stored.
//
// `cargo xtask build` inserts the list of this build's files at FILES. Every build is therefore another script, by which browsers
// notice a new version.
//
// No version gets stuck: the page itself is requested from the network first, a new version takes over at once (`skipWaiting`,
// `clients.claim`), and then the former one's files are deleted. A page of the former version that is still open has its files in
// memory; what it may load later (a worker that is started again) it finds by `segmenter.json`, which is requested from the
// network first too.

"use strict";

/** This build: `version`, `shell` (page, styles, pictures) and the `simd` and `relaxed_simd` builds of the segmenter. */
const FILES = /* FILES */ { version: "none", shell: [], simd: [], relaxed_simd: [] };

const KEPT = `shop-the-look-${FILES.version}`;

/** Holds at most one photo: the one that was shared last, until the page takes it (`share.rs` has the same names). */
const SHARED = "shop-the-look-shared";
const SHARED_PHOTO = "/shared-photo";
/** The share target of `manifest.webmanifest`. */
const SHARE = "/share";

/** Only the server can say whether it runs, and only it has the administration's page. */
const OF_SERVER = ["/healthz", "/readyz", "/admin"];

/** After this the network counts as absent. */
const PATIENCE_MS = 4000;

/** Names with their content's hash, as the server knows them (`client.rs`): the same name is the same file. */
const isHashed = (path) => /-[0-9a-f]{12,}([._]|$)/.test(path.slice(path.lastIndexOf("/") + 1));

/** The same probe as the page's (`browser.rs`): only the build that this browser will run is kept. */
const RELAXED_SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253,
  128, 2, 11,
]);

/** The sample looks of the shop: their list may change, their pictures have hashes. */
const SAMPLES = "/samples/samples.json";
/** By then the cards of a search and their pictures are there. */
const LOOKS_AFTER_MS = 10_000;
const SEARCH = "/api/v1/search";
const isSample = (path) => path.startsWith("/samples/");

const wanted = () => [...FILES.shell, ...(WebAssembly.validate(RELAXED_SIMD_PROBE) ? FILES.relaxed_simd : FILES.simd)];

const install = async () => {
  const cache = await caches.open(KEPT);
  // What the page has just loaded comes from the browser's own cache; files without a hash are fetched again.
  await cache.addAll(wanted().map((path) => new Request(path, { cache: isHashed(path) ? "default" : "no-cache" })));
  // Not all shops have some, and the page works without them.
  await keepSamples(cache).catch(() => {});
  await self.skipWaiting();
};

/** The list and the small pictures: the page has just loaded them. */
const keepSamples = async (cache) => {
  const list = await fetch(SAMPLES, { cache: "no-cache" });
  if (!list.ok) return;
  await cache.put(SAMPLES, list.clone());
  await cache.addAll((await list.json()).map((look) => look.thumbnail));
};

/** Once for each start of this script. */
let keepsLooks = false;

/** The whole pictures of the sample looks, so that they can be chosen offline: after a search, when nobody waits for the network. */
const keepLooks = async () => {
  if (keepsLooks || navigator.connection?.saveData) return;
  keepsLooks = true;
  await new Promise((resolve) => setTimeout(resolve, LOOKS_AFTER_MS));
  const list = await kept(SAMPLES);
  for (const { image } of list ? await list.json() : []) {
    const { pathname } = new URL(image, self.location.origin);
    // One after the other; what cannot be fetched is fetched when it is chosen.
    await keptFirst(new Request(pathname), pathname).catch(() => {});
  }
};

const activate = async () => {
  const stale = (name) => name.startsWith("shop-the-look-") && name !== KEPT && name !== SHARED;
  await Promise.all((await caches.keys()).filter(stale).map((name) => caches.delete(name)));
  await self.clients.claim();
};

/** What is stored for a path, whatever the query. */
const kept = async (path) => (await caches.open(KEPT)).match(path, { ignoreSearch: true, ignoreVary: true });

/** A file whose name never means another content: from this device, else from the network, to be kept. */
const keptFirst = async (request, path) => {
  const file = await kept(path);
  if (file) return file;
  const response = await fetch(request);
  // Whole files only: no errors, and no parts (206).
  if (response.status === 200 && response.type === "basic") {
    // Without room on the disk nothing is stored, and the page still works.
    await (await caches.open(KEPT)).put(path, response.clone()).catch(() => {});
  }
  return response;
};

/** From the network; what is stored if that fails, is a gateway's answer for a server that is down, or takes too long. */
const networkFirst = async (request, path) => {
  const network = fetch(request);
  const file = await kept(path);
  if (!file) return network;
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  const response = await Promise.race([network, late]).catch(() => undefined);
  return response && response.status < 500 ? response : file;
};

/** A photo that another app shares: stored for the page, which takes and deletes it. It is never sent to the server. */
const share = async (request) => {
  try {
    const photo = (await request.formData()).get("photo");
    if (!(photo instanceof File)) throw new TypeError("nothing was shared");
    await caches.delete(SHARED);
    await (await caches.open(SHARED)).put(SHARED_PHOTO, new Response(photo, { headers: { "content-type": photo.type } }));
    return Response.redirect("/?shared=1", 303);
  } catch {
    return Response.redirect("/?shared=missed", 303);
  }
};

const answer = (request) => {
  const { origin, pathname: path } = new URL(request.url);
  if (origin !== self.location.origin) return undefined;
  if (request.method === "POST" && path === SHARE) return share(request);
  // Everything else goes to the server unchanged.
  if (request.method !== "GET" || path.startsWith("/api/") || OF_SERVER.includes(path)) return undefined;
  if (request.mode === "navigate") return networkFirst(request, "/");
  if (isSample(path)) return path === SAMPLES ? networkFirst(request, path) : keptFirst(request, path);
  const listed = [FILES.shell, FILES.simd, FILES.relaxed_simd].some((paths) => paths.includes(path));
  if (!listed) return undefined;
  return isHashed(path) ? keptFirst(request, path) : networkFirst(request, path);
};

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const response = answer(event.request);
  if (response) event.respondWith(response);
  if (new URL(event.request.url).pathname === SEARCH) event.waitUntil(keepLooks());
});
