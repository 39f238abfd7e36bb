// Draws what a case manager's phone holds: planned sessions to be recorded, the clients, sessions that wait to be sent.
import { inWords } from "./session.js";
import { chinaDay, clock, minute, text } from "./words.js";
import { dress, joined, put, template } from "./views.js";

const listed = (names) => names.join("、");

/** The planned sessions that this phone may record: all who are expected belong to the caseload, and it is their day or later. */
export function toRecord(clients, queue, today) {
  const waits = new Set(queue.map(({ value }) => value.planned?.id).filter(Boolean));
  const found = new Map();
  for (const client of clients) {
    for (const one of client.planned ?? []) {
      if (waits.has(one.id) || chinaDay(Date.parse(one.starts)) > today) continue;
      const session = found.get(one.id) ?? { ...one, cases: [], names: {} };
      session.cases.push(client.id);
      session.names[client.id] = client.name;
      found.set(one.id, session);
    }
  }
  const whole = [...found.values()].filter((one) => one.cases.length === one.persons);
  return whole.sort((a, b) => a.starts.localeCompare(b.starts));
}

const what = ({ service, way }) => joined(service && inWords("service", service), way && inWords("way", way));
const when = ({ starts, ends }) => `${chinaDay(Date.parse(starts))} ${clock(starts)}–${clock(ends)}`;

/** A planned session with who is expected. */
export function plannedCard(planned, { today, hasDraft, onRecord }) {
  const card = template("client");
  card.dataset.planned = planned.id;
  put(card, "name").textContent = what(planned);
  put(card, "address").textContent = joined(when(planned), inWords("place", planned.place));
  put(card, "last").textContent = listed(Object.values(planned.names));
  const isLate = chinaDay(Date.parse(planned.starts)) < today;
  const due = put(card, "due");
  due.className = `badge ${isLate ? "late" : "soon"}`;
  due.textContent = text(isLate ? "device.to_record_late" : "device.today");
  button(card, hasDraft ? "device.go_on" : "device.record_planned", what(planned), onRecord);
  return card;
}

function button(card, code, of, act) {
  const node = put(card, "act");
  node.textContent = text(code);
  node.setAttribute("aria-label", `${node.textContent} · ${of}`);
  node.addEventListener("click", act);
}

const pastLine = (one) => joined(when(one), what(one), text(`care_presence.${one.presence}`));

/** A client with what was agreed and when the person came. */
export function servedCard(client, { hasDraft, missedFrom, onRecord }) {
  const card = template("client");
  card.dataset.client = client.id;
  put(card, "name").textContent = client.name;
  put(card, "address").textContent = client.address ?? "";
  const agreed = client.services?.length ? `${text("device.agreed_services")} ${listed(client.services)}` : "";
  const last = client.last?.[0];
  put(card, "last").textContent = joined(agreed, last && `${text("device.last_session")} ${pastLine(last)}`);
  const due = put(card, "due");
  const stays = client.missed >= missedFrom;
  due.className = `badge ${stays ? "late" : "quiet"}`;
  due.textContent = stays ? `⚠ ${text("device.missed_row", { count: client.missed })}` : "";
  due.hidden = !stays;
  button(card, hasDraft ? "device.go_on" : "device.record_session", client.name, onRecord);
  if (client.phone) {
    const call = put(card, "call");
    call.hidden = false;
    call.href = `tel:${client.phone}`;
    call.textContent = `${text("device.call")} ${client.phone}`;
  }
  if (client.last?.length > 1) {
    const earlier = put(card, "earlier");
    earlier.hidden = false;
    earlier.querySelector("summary").textContent = `${text("device.earlier_sessions")} ${client.last.length - 1}`;
    const lines = client.last.slice(1).map((one) => {
      const line = document.createElement("li");
      line.textContent = pastLine(one);
      return line;
    });
    earlier.querySelector("ul").append(...lines);
  }
  return card;
}

/** What was begun for somebody who is not on the list any more: it stays until it is sent or discarded. */
export function draftCard(draft, onRecord) {
  const card = template("client");
  card.dataset.draft = draft.place;
  const name = draft.name || text("device.record_session");
  put(card, "name").textContent = name;
  put(card, "address").textContent = joined(draft.session.on, what(draft.session));
  put(card, "due").hidden = true;
  button(card, "device.go_on", name, onRecord);
  return card;
}

const asked = { clock_wrong: "device.session_clock_wrong", late: "device.session_late_day", future: "device.session_future" };

function why({ state, told, names = {} }) {
  if (state === "asked") return `${text(asked[told.code])}${told.code === "future" ? "" : ` ${told.day}`}`;
  if (state === "refused") return told.text;
  if (state === "faulty") return text("device.told_faulty");
  if (state === "conflict") return `${joined(told.by, told.at && minute(told.at))}：${text("device.session_conflict")}`;
  if (state === "gone") return joined(text("device.session_gone"), listed((told.cases ?? []).map((id) => names[id] ?? "…")));
  return "";
}

/** A session that waits to be sent, and what a person may do about it. */
export function waitingSessionCard({ value: item }, { onAct }) {
  const card = template("waiting");
  const { session } = item;
  put(card, "what").textContent = joined(session.on, session.start?.slice(0, 5), what(session));
  put(card, "why").textContent = why(item);
  card.querySelector('[data-act="apart"]').hidden = !(item.planned && ["conflict", "refused"].includes(item.state));
  return dress(card, item, onAct);
}
