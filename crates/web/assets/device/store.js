// The phone's own database (IndexedDB). `meta` says which device this is and holds no health data; all else is sealed:
// `clients` the caseload, `queue` what waits to be sent, in its order, `drafts` what is being written.
import { open as unseal, seal } from "./vault.js";

const NAME = "xinqiao-device";
const SEALED = ["clients", "queue", "drafts"];

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

let opened;
const database = () => {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => ["meta", ...SEALED].forEach((store) => request.result.createObjectStore(store));
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  return opened;
};

/** One transaction over stores; resolves when it is on disk. */
async function within(stores, mode, work) {
  const tx = (await database()).transaction(stores, mode, { durability: "strict" });
  const ended = new Promise((resolve, reject) => {
    tx.oncomplete = resolve;
    tx.onabort = tx.onerror = () => reject(tx.error);
  });
  const result = await work(tx);
  await ended;
  return result;
}

/** What is known of this device: `{}` where it is not registered. */
export const meta = () => within(["meta"], "readonly", (tx) => done(tx.objectStore("meta").get("device"))).then((found) => found ?? {});

/** Changes what is known of this device, in one step. */
export const setMeta = (change) =>
  within(["meta"], "readwrite", async (tx) => {
    const store = tx.objectStore("meta");
    const next = { ...(await done(store.get("device"))), ...change };
    store.put(next, "device");
    return next;
  });

const place = (store, key) => `${store}:${key}`;

/** Seals a value and keeps it. */
export async function put(store, key, content, value) {
  const sealed = await seal(content, value, place(store, key));
  await within([store], "readwrite", (tx) => tx.objectStore(store).put(sealed, key));
}

/** A value; nothing where there is none. */
export async function get(store, key, content) {
  const sealed = await within([store], "readonly", (tx) => done(tx.objectStore(store).get(key)));
  return sealed && unseal(content, sealed, place(store, key));
}

/** All values in the order of their keys, with these. */
export async function all(store, content) {
  const [keys, values] = await within([store], "readonly", (tx) =>
    Promise.all([done(tx.objectStore(store).getAllKeys()), done(tx.objectStore(store).getAll())]),
  );
  const opening = values.map((sealed, at) => unseal(content, sealed, place(store, keys[at])));
  return (await Promise.all(opening)).map((value, at) => ({ key: keys[at], value }));
}

export const remove = (store, key) => within([store], "readwrite", (tx) => tx.objectStore(store).delete(key));

export const count = (store) => within([store], "readonly", (tx) => done(tx.objectStore(store).count()));

/** Takes what changed of the caseload: whoever does not belong to it any more goes. All of it or nothing. */
export async function renewClients(content, everybody, changed) {
  const sealing = changed.map(async (client) => [client.id, await seal(content, client, place("clients", client.id))]);
  const sealed = await Promise.all(sealing);
  const belongs = new Set(everybody);
  await within(["clients"], "readwrite", async (tx) => {
    const store = tx.objectStore("clients");
    for (const key of await done(store.getAllKeys())) if (!belongs.has(key)) store.delete(key);
    for (const [key, value] of sealed) store.put(value, key);
  });
}

/** Queues a record and ends its draft in one step, so that no crash leaves both or neither. The key counts up. */
export async function enqueue(content, record, waiting) {
  const latest = await within(["queue"], "readonly", (tx) => done(tx.objectStore("queue").openKeyCursor(null, "prev")));
  for (let key = (latest?.key ?? 0) + 1; ; key += 1) {
    const sealed = await seal(content, waiting, place("queue", key));
    try {
      await within(["queue", "drafts"], "readwrite", (tx) => {
        tx.objectStore("queue").add(sealed, key);
        tx.objectStore("drafts").delete(record);
      });
      return key;
    } catch (fault) {
      // Another page of this phone took the key in the same moment, where the browser cannot keep them apart.
      if (fault?.name !== "ConstraintError") throw fault;
    }
  }
}

/** Where the draft of a record that waits already is kept while it is corrected. */
export const corrected = (key) => `waiting:${key}`;

/** Puts a corrected record in the place of what waited, and ends its draft, in one step. */
export async function requeue(content, key, waiting) {
  const sealed = await seal(content, waiting, place("queue", key));
  await within(["queue", "drafts"], "readwrite", (tx) => {
    tx.objectStore("queue").put(sealed, key);
    tx.objectStore("drafts").delete(corrected(key));
  });
}

/** A record that was taken or withdrawn leaves the queue with its draft. */
export const leave = (key) =>
  within(["queue", "drafts"], "readwrite", (tx) => {
    tx.objectStore("queue").delete(key);
    tx.objectStore("drafts").delete(corrected(key));
  });

/** The caseload and the wrapped key go; what was not sent stays, unreadable until the next sign-in. */
export const closeFor = (why) =>
  within(["meta", "clients"], "readwrite", async (tx) => {
    tx.objectStore("clients").clear();
    const store = tx.objectStore("meta");
    const { offline, ...rest } = (await done(store.get("device"))) ?? {};
    store.put({ ...rest, ended: why }, "device");
  });

/** Everything goes. */
export const wipe = () =>
  within(["meta", ...SEALED], "readwrite", (tx) => ["meta", ...SEALED].forEach((store) => tx.objectStore(store).clear()));
