// Sends sessions that wait. Each stands for itself: none waits for another, and one that cannot be taken stays until a person decides.
import * as contact from "./contact.js";
import * as store from "./store.js";
import { span } from "./session.js";

/** Sessions that were held and go along with a client at most; the next caseload says it exactly. */
const LAST = 5;

const asSent = ({ id, planned, written_at, confirmed, session }) => ({ id, planned: planned && { id: planned.id, version: planned.version }, written_at, confirmed, session });

export const send = (device, waiting, items) => contact.sendSessions(device, waiting, items.map((item) => asSent(item.value)));

/** Sessions that may be sent now: none that is just being corrected. */
export const sendable = (queue, most, held) => queue.filter((item) => item.value.session && item.key !== held && item.value.state === "waits").slice(0, most);

/** The receipt is here: the session stands with each client, and is not planned any more. */
export async function taken(content, { key, value: item }) {
  const { session, planned } = item;
  const { starts, ends } = span(session);
  for (const { case: id, presence } of session.persons) {
    const client = await store.get("clients", id, content);
    if (!client) continue;
    const { service, way } = session;
    const last = [{ starts, ends, service, way, presence }, ...(client.last ?? [])].sort((a, b) => b.starts.localeCompare(a.starts));
    const rest = (client.planned ?? []).filter((one) => one.id !== planned?.id);
    await store.put("clients", id, content, { ...client, last: last.slice(0, LAST), planned: rest, mark: "" });
  }
  await store.leave(key);
}
