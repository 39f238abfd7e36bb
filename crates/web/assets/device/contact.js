// What this phone asks the server. Every answer is `{ how, told }`: `done`, `offline`, `signed-out`, `revoked`, `forbidden`,
// `missing`, `refused`, `later`.
const SECONDS = 30;

async function ask(path, body) {
  const sent = body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  let answer;
  try {
    answer = await fetch(path, {
      ...sent,
      redirect: "manual",
      cache: "no-store",
      signal: AbortSignal.timeout?.(SECONDS * 1000),
    });
  } catch {
    return { how: "offline" };
  }
  // The server leads whoever is not signed in to a page; this is no page.
  if (answer.type === "opaqueredirect") return { how: "signed-out" };
  const told = await answer.json().catch(() => null);
  if (answer.ok && told) return { how: "done", told };
  if (told?.code === "device_revoked") return { how: "revoked", told };
  const by = { 401: "signed-out", 403: "forbidden", 404: "missing", 409: "refused", 422: "refused" };
  return { how: by[answer.status] ?? "later", told };
}

export const contactOf = (waiting) => ({ now: new Date().toISOString(), waiting });

/** Whether whoever is signed in may register a phone. */
export const may = () => ask("/devices");

export const register = (name) => ask("/devices", { name });

export const open = (device, waiting) => ask(`/devices/${device}/open`, contactOf(waiting));

/** The caseload, as far as it differs from what the phone holds: `known` tells the mark of each person. */
export const caseload = (device, known) => ask(`/devices/${device}/caseload`, { known });

/** The own clients of a case manager, told in the same way. */
export const clients = (device, known) => ask(`/devices/${device}/clients`, { known });

export const send = (device, waiting, visits) => ask(`/devices/${device}/visits`, { contact: contactOf(waiting), visits });

export const sendSessions = (device, waiting, sessions) => ask(`/devices/${device}/sessions`, { contact: contactOf(waiting), sessions });

export const withdrawSession = (device, session) => ask(`/devices/${device}/sessions/withdrawn`, session);

export const withdraw = (device, visit) => ask(`/devices/${device}/withdrawn`, visit);

/** Whether the device may go on; needs no sign-in. */
export const standing = (device, wiped) => ask(`/devices/${device}/contact`, { wiped });
