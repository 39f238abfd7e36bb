// The two forms of this page, each with what is done with it: a visit, a session. Which of them a phone has, its holder's work says.
import * as sessions from "./session.js";
import * as visits from "./visit.js";

const byId = (id) => document.getElementById(id);

/** Whose record it is, above the form. */
function whose(box, name, below) {
  const body = document.createElement("div");
  body.className = "card-body";
  const strong = document.createElement("strong");
  strong.textContent = name;
  body.append(strong, document.createElement("br"), below ?? "");
  box.replaceChildren(body);
}

const visit = {
  view: "visit",
  form: byId("visit-form"),
  draft: byId("draft"),
  discard: byId("discard"),
  /** The place of what is written in a record. */
  part: "visit",
  open(writing, here) {
    const client = here.clients.find((one) => one.id === writing.record);
    whose(byId("who"), writing.name, client?.address);
    visits.write(writing.visit);
    visits.remind(client?.last?.visit);
    return { ...writing, last: client?.last };
  },
  typed: (writing) => visits.read(writing.visit),
  written(writing) {
    const record = visits.read(writing.visit);
    visits.fit(record);
    return visits.settled(record);
  },
  look: (record, { writing, day }, isSent) => visits.look(record, writing.last_class, day, isSent),
  showFaults: visits.showFaults,
  /** What a record is called where it waits. */
  named: (writing) => ({ ...writing }),
};

const session = {
  view: "session",
  form: byId("session-form"),
  draft: byId("session-draft"),
  discard: byId("session-discard"),
  part: "session",
  open(writing, here) {
    sessions.write(writing, here.clients);
    return writing;
  },
  typed: (writing) => sessions.read(writing),
  written: (writing) => sessions.read(writing),
  look: (record, { writing, clients, queue, care, now }, isSent) =>
    sessions.look(record, { clients, queue, writing, care, now: new Date(now).toISOString() }, isSent),
  showFaults: sessions.showFaults,
  named(writing, record, here) {
    const known = new Map(here.clients.map((client) => [client.id, client.name]));
    const name = (id) => known.get(id) ?? writing.names?.[id] ?? "…";
    const names = Object.fromEntries(record.persons.map((one) => [one.case, name(one.case)]));
    const all = Object.values(names);
    return { ...writing, names, name: all.length ? all.slice(0, 3).join("、") + (all.length > 3 ? ` +${all.length - 3}` : "") : writing.name };
  },
};

/** The form of a record that is being written. */
export const sheetOf = (writing) => (writing.session ? session : visit);

export const sheets = [visit, session];
