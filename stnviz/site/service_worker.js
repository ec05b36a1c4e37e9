// Keeps the site working offline: what has been fetched once is kept, in the version that it has.

const KEPT = "stnviz-__VERSION__";
const FIRST = ["./", "index.html", "site.css?v=__VERSION__", "stage.css?v=__VERSION__", "play.js?v=__VERSION__", "play.json?v=__VERSION__",
  ...["worker.js", "runtime.mjs", "runtime.wasm.gzipped", "gallery.bin.gzipped"].map(
    (name) => `${name}?v=__VERSION__`)];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(FIRST)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith("stnviz-") && name !== KEPT);
  const cleared = caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name))));
  event.waitUntil(cleared.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(request.mode === "navigate" ? page(request) : file(request));
});

/** A page as it is now; as it was, or else the first one, where the site is out of reach. */
async function page(request) {
  const kept = await caches.open(KEPT);
  try {
    const response = await fetch(request);
    if (response.ok && !response.redirected) await kept.put(request.url.split("?")[0], response.clone());
    return response;
  } catch {
    return (await kept.match(request, { ignoreSearch: true })) ?? (await kept.match("./")) ?? Response.error();
  }
}

/** A file that is kept, else from the site, and kept from then on. */
async function file(request) {
  const kept = await caches.open(KEPT);
  const found = await kept.match(request);
  if (found) return found;
  const response = await fetch(request);
  if (response.ok && response.status === 200) await kept.put(request, response.clone());
  return response;
}
