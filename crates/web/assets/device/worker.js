// Answers for the page of visits where there is no network. It keeps the page and its files, under their version, and nothing
// that is about anybody: every other address goes to the server untouched. (VERSION and KEPT stand above; the server writes them.)
const CACHE = `xinqiao-device-${VERSION}`;
const PAGES = ["/device?lang=zh-CN", "/device?lang=en"];

self.addEventListener("install", (event) => {
  const fresh = [...PAGES, ...KEPT].map((path) => new Request(path, { cache: "reload", credentials: "omit" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("xinqiao-device-") && name !== CACHE;
  const cleared = caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))));
  event.waitUntil(cleared.then(() => self.clients.claim()));
});

const database = () =>
  new Promise((resolve) => {
    const request = indexedDB.open("xinqiao-device");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null);
    // Where there is none, none is made.
    request.onupgradeneeded = () => request.transaction.abort();
  });

/** Signing out anywhere on the site: the caseload and the key for the time without a network go; what was not sent stays sealed. */
async function signedOut() {
  const db = await database();
  if (!db) return;
  await new Promise((resolve) => {
    const tx = db.transaction(["meta", "clients"], "readwrite");
    tx.objectStore("clients").clear();
    const meta = tx.objectStore("meta");
    const asked = meta.get("device");
    asked.onsuccess = () => {
      const { offline, ...rest } = asked.result ?? {};
      if (rest.id) meta.put({ ...rest, ended: "signed-out" }, "device");
    };
    tx.oncomplete = tx.onabort = resolve;
  });
  db.close();
}

/** Seconds after which a network that does not answer counts as none. */
const PATIENCE = 4;
const late = () => new Promise((_, reject) => setTimeout(reject, PATIENCE * 1000));

/** Keeps in which language the page was shown last. */
const remember = async (language) => {
  const shown = PAGES.find((path) => path.endsWith(`=${language}`));
  if (shown) await (await caches.open(CACHE)).put("/language", new Response(shown));
};

self.addEventListener("message", (event) => event.waitUntil(remember(event.data?.language)));

/** The page in the language that was asked for, else in the one that was shown last. */
async function page(request) {
  const cache = await caches.open(CACHE);
  const asked = new URL(request.url).searchParams.get("lang");
  const known = PAGES.find((path) => path.endsWith(`=${asked}`));
  try {
    const answer = await Promise.race([fetch(request), late()]);
    if (answer.ok) return answer;
  } catch {
    // No network: what is kept.
  }
  const last = await (await cache.match("/language"))?.text();
  return (await cache.match(known ?? last ?? PAGES[0])) ?? Response.error();
}

/** A file: the page's own scripts as they were kept together, others from the network while there is one. */
async function file(request, path) {
  const cache = await caches.open(CACHE);
  const kept = () => cache.match(path, { ignoreSearch: true });
  if (path.startsWith("/assets/device/")) return (await kept()) ?? fetch(request);
  try {
    return await fetch(request);
  } catch {
    return (await kept()) ?? Response.error();
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.method === "POST" && pathname === "/sign-out") {
    event.respondWith(signedOut().catch(() => {}).then(() => fetch(request)));
  } else if (request.method === "GET" && pathname === "/device") {
    event.respondWith(page(request));
  } else if (request.method === "GET" && KEPT.includes(pathname)) {
    event.respondWith(file(request, pathname));
  }
});
