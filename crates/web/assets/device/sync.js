// Sends what waits, in its order. A record leaves the queue only when the server's receipt is here and kept; what the server asks
// about stays in the queue until a person has decided.
import * as contact from "./contact.js";
import * as store from "./store.js";
import { flat } from "./visit.js";
import { lookAt, merge } from "./rules.js";
import * as sessions from "./session_sync.js";

/** Times that a record is put on top of what others recorded meanwhile without asking. */
const REBASED = 3;

/** Records that may be sent now: of each person only the first that was not taken, and none that is just being corrected. */
function sendable(queue, most, held) {
  const seen = new Set();
  const found = [];
  for (const item of queue.filter((one) => one.value.visit)) {
    const first = !seen.has(item.value.record);
    seen.add(item.value.record);
    if (first && item.key !== held && item.value.state === "waits" && found.length < most) found.push(item);
  }
  return found;
}

const asSent = ({ id, record, version, written_at, confirmed, visit }) => ({ id, record, version, written_at, confirmed, visit });

async function taken(content, { key: at, value: item }, told) {
  const client = await store.get("clients", item.record, content);
  if (client) {
    const last = { id: item.id, on: item.visit.on, by: item.visit.doctor, class: told.class, visit: item.visit };
    const { last: before, earlier: rest = [] } = client;
    const met = before && (await lookAt(before.visit, null, before.on)).face_to_face;
    const earlier = before ? [[before.on, before.class, before.visit.found.risk, met], ...rest] : rest;
    await store.put("clients", client.id, content, { ...client, version: told.version, due_on: told.next_due, class: told.class ?? client.class, risk: item.visit.found.risk ?? client.risk, last, earlier, mark: "" });
  }
  // Those of the same person that wait were written on top of this one.
  for (const other of await store.all("queue", content)) {
    if (other.key > at && other.value.record === item.record && other.value.version === item.version) {
      await store.put("queue", other.key, content, { ...other.value, version: told.version });
    }
  }
  await store.leave(at);
}

/** Somebody else changed the record meanwhile. Where both wrote nothing different into one field, mine goes on top of theirs;
 *  otherwise a person decides. Nothing is dropped either way. */
async function met(content, { key, value: item }, told) {
  const theirs = told.last ? flat(told.last.visit) : item.base;
  const { clashes } = await merge(item.base, flat(item.visit), theirs);
  // Each visit has days and a doctor of its own.
  const asked = clashes.filter(({ field }) => !["on", "next_on", "doctor", "interviewed"].includes(field));
  const rebased = (item.rebased ?? 0) + 1;
  const again = !asked.length && rebased <= REBASED;
  const next = again
    ? { ...item, version: told.version, rebased, beside: told.last ? { by: told.last.by, on: told.last.on } : item.beside }
    : { ...item, state: "conflict", told: { ...told, clashes: asked } };
  await store.put("queue", key, content, next);
  return again;
}

/** How each kind of record is sent: which may go now, how, and what follows from a receipt. Of two who recorded one visit both are kept;
 *  of a planned session there is one record, so a person decides. */
const kinds = {
  visits: { sendable, send: (device, waiting, items) => contact.send(device, waiting, items.map((item) => asSent(item.value))), taken, met },
  sessions,
};

async function settle(kind, content, item, told) {
  const stays = (state) => store.put("queue", item.key, content, { ...item.value, state, told });
  switch (told.outcome) {
    case "taken":
      await kind.taken(content, item, told);
      return true;
    case "conflict":
      if (kind.met) return kind.met(content, item, told);
      await stays("conflict");
      return false;
    case "later":
      return false;
    default:
      await stays(told.outcome);
      return false;
  }
}

/** Sends until nothing more goes. Returns how it ended, what the clock says, and how many were taken. */
async function run(device, content, most, held, work) {
  const kind = kinds[work] ?? kinds.visits;
  const end = { how: "done", taken: 0, beside: [] };
  for (;;) {
    const queue = await store.all("queue", content);
    const items = kind.sendable(queue, most, held());
    if (!items.length) return end;
    const { how, told } = await kind.send(device, queue.length, items);
    if (how !== "done") return { ...end, how };
    end.clock = told.clock;
    let moved = false;
    for (const item of items) {
      const answer = told.answers.find((one) => one.id === item.value.id);
      if (!answer) continue;
      if (answer.outcome === "taken") {
        end.taken += 1;
        if (item.value.beside) end.beside.push({ name: item.value.name, ...item.value.beside });
      }
      moved = (await settle(kind, content, item, answer)) || moved;
    }
    if (!moved) return end;
  }
}

/** The same in one tab at a time; another tab that sends already does the work. `held` tells the key of what is being corrected, `work`
 *  what this phone records. */
export function sendAll(device, content, most, held, work) {
  if (!navigator.locks) return run(device, content, most, held, work);
  return navigator.locks.request("xinqiao-send", { ifAvailable: true }, (lock) => (lock ? run(device, content, most, held, work) : { how: "busy", taken: 0, beside: [] }));
}
