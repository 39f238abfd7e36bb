// The form of a session and what the rules call a noted session: each field names the place of its value there. Persons of the caseload
// are tapped; whoever is not tapped was not there.
import { showFaults as show } from "./faults.js";
import { lookAtSession } from "./rules.js";
import { clock, text } from "./words.js";

const form = document.getElementById("session-form");
const fields = [...form.querySelectorAll("[data-path]")];
const plain = fields.filter((field) => field.dataset.kind !== "persons");
const persons = form.querySelector("[data-persons]");
const summary = document.getElementById("session-summary");

/** Names by which the server calls fields whose names on the form differ. */
const places = { end: "minutes", note: "done" };
const own = document.getElementById("session-fields");
const everyField = () => [...fields, ...own.querySelectorAll("[data-field]")];
const fieldOf = (name) => everyField().find((field) => field.dataset.field === (places[name] ?? name));
const inputs = (field) => [...field.querySelectorAll(`[name="${CSS.escape(field.dataset.path)}"]`)];

/** A session of which nothing is written yet. */
export const blank = (on) => ({ on, start: null, minutes: 60, service: "", way: "", place: "institution", persons: [], fields: {}, done: "", summary: "", leader_reason: "" });

/** The words of a service, a form of service or a place. */
export function inWords(path, code) {
  const option = form.querySelector(`[name="${path}"] option[value="${CSS.escape(code)}"]`);
  const radio = form.querySelector(`[name="${path}"][value="${CSS.escape(code)}"]`);
  return option?.textContent ?? radio?.parentElement.textContent.trim() ?? code;
}

const presenceOf = (box) => box.querySelector("input:checked")?.value;

function readPersons(writing) {
  const found = [...persons.querySelectorAll("[data-case]")].map((box) => ({ case: box.dataset.case, presence: presenceOf(box) }));
  // Of whom was expected something must be said.
  const expected = new Set(writing.expected ?? []);
  return found.filter((one) => one.presence || expected.has(one.case)).map((one) => ({ ...one, presence: one.presence ?? "expected" }));
}

/** The session as it stands in the form. */
export function read(writing) {
  const session = structuredClone(writing.session);
  for (const field of plain) {
    const { path, kind } = field.dataset;
    const chosen = inputs(field).filter((input) => input.type !== "radio" || input.checked);
    const typed = chosen[0]?.value.trim() ?? "";
    if (kind === "number") session[path] = /^\d{1,4}$/.test(typed) ? Number(typed) : null;
    else if (path === "on") session[path] = /^\d{4}-\d\d-\d\d$/.test(typed) ? typed : null;
    else if (path === "start") session[path] = /^\d\d:\d\d/.test(typed) ? typed.slice(0, 5) : null;
    else session[path] = typed;
  }
  session.persons = readPersons(writing);
  session.fields = readFields();
  return session;
}

/** What was typed into the fields of services, also of those that are not asked just now: whoever goes back finds it there. */
let remembered = {};
/** Keys of the fields that are asked; nothing before the rules were asked. */
let asked;

function readFields() {
  for (const input of own.querySelectorAll("[data-key]")) remembered[input.dataset.key] = input.value.trim();
  const said = Object.entries(remembered).filter(([key, value]) => value && (!asked || asked.includes(key)));
  return Object.fromEntries(said);
}

const inputTypes = { number: "number", day: "date", time: "time" };

function control({ key, kind, options, min, max }) {
  const isChoice = kind === "choice";
  const input = document.createElement(isChoice ? "select" : "input");
  input.className = isChoice ? "form-select" : "form-control";
  input.id = `s-fields-${key}`;
  input.dataset.key = key;
  if (isChoice) {
    input.append(new Option("", ""), ...options.map((option) => new Option(inOwn(option), option.code)));
  } else {
    input.type = inputTypes[kind] ?? "text";
    input.autocomplete = "off";
    if (kind === "number") Object.assign(input, { min, max, inputMode: "numeric" });
    else input.maxLength = 200;
  }
  input.value = remembered[key] ?? "";
  return input;
}

const inOwn = (named) => (document.documentElement.lang.startsWith("zh") ? named.zh : named.en);

/** Draws the fields that the rules ask for, where they are others than before. */
function drawFields(wanted) {
  const keys = wanted.map((field) => field.key);
  if (asked && keys.join() === asked.join()) return;
  readFields();
  asked = keys;
  own.hidden = !keys.length;
  const lines = wanted.map((field) => {
    const line = document.createElement("div");
    line.className = "field";
    line.dataset.field = `fields.${field.key}`;
    const label = document.createElement("label");
    label.className = field.required ? "form-label required" : "form-label";
    label.htmlFor = `s-fields-${field.key}`;
    label.textContent = inOwn(field);
    const told = document.createElement("p");
    told.className = "problem";
    told.dataset.told = "";
    told.hidden = true;
    line.append(label, told, control(field));
    return line;
  });
  own.querySelector("[data-list]").replaceChildren(...lines);
}

function person({ id, name }, presence, isGone) {
  const box = document.getElementById("person").content.firstElementChild.cloneNode(true);
  box.dataset.case = id;
  box.querySelector("[data-name]").textContent = isGone ? `${name}（${text("device.left")}）` : name;
  for (const input of box.querySelectorAll("input")) {
    input.name = `presence.${id}`;
    input.checked = input.value === presence;
  }
  return box;
}

/** Writes a session into the form. Those at it stand first; whoever left the caseload keeps the name that was known. */
export function write(writing, clients) {
  const { session, names = {}, planned, expected = [] } = writing;
  form.reset();
  for (const field of plain) {
    const value = session[field.dataset.path];
    for (const input of inputs(field)) {
      if (input.type === "radio") input.checked = input.value === value;
      else input.value = value ?? "";
      // What was planned stays as it was planned.
      input.disabled = Boolean(planned) && ["on", "service", "way", "place"].includes(field.dataset.path);
    }
  }
  own.querySelector("[data-list]").replaceChildren();
  own.hidden = true;
  remembered = { ...session.fields };
  asked = undefined;
  const said = new Map(session.persons.map((one) => [one.case, one.presence]));
  const known = new Set(clients.map((client) => client.id));
  const first = new Set([...expected, ...said.keys()]);
  const gone = [...first].filter((id) => !known.has(id)).map((id) => ({ id, name: names[id] ?? "…" }));
  const boxes = [
    ...gone.map((one) => person(one, said.get(one.id), true)),
    ...clients.filter((client) => first.has(client.id)).map((client) => person(client, said.get(client.id))),
    ...clients.filter((client) => !first.has(client.id)).map((client) => person(client)),
  ];
  persons.replaceChildren(...boxes);
  for (const told of form.querySelectorAll("[data-told]")) told.hidden = true;
  for (const field of fields) field.classList.remove("wrong");
  summary.hidden = true;
  find("");
}

/** Shows those whose names hold these letters, and everybody who was tapped. */
export function find(words) {
  for (const box of persons.querySelectorAll("[data-case]")) {
    box.hidden = !presenceOf(box) && !box.querySelector("[data-name]").textContent.includes(words);
  }
}

/** An instant of a day in China. */
const instant = (on, time) => new Date(`${on}T${time.slice(0, 5)}:00+08:00`);

/** Beginning and end of a session that is whole. */
export function span({ on, start, minutes }) {
  const starts = instant(on, start);
  return { starts: starts.toISOString(), ends: new Date(starts.getTime() + minutes * 60000).toISOString() };
}

const wasThere = (presence) => presence === "came" || presence === "expected";

/** Where this phone knows people to have been: at sessions of the caseload, and at those that wait here. */
function engagements(clients, queue, { id, planned }) {
  const found = [];
  for (const client of clients) {
    for (const one of client.last ?? []) if (wasThere(one.presence)) found.push({ case: client.id, starts: one.starts, ends: one.ends });
    for (const one of client.planned ?? []) if (one.id !== planned?.id) found.push({ case: client.id, starts: one.starts, ends: one.ends });
  }
  for (const { value: item } of queue) {
    if (item.id === id || !item.session) continue;
    const hours = span(item.session);
    found.push({ case: null, ...hours });
    for (const one of item.session.persons) if (wasThere(one.presence)) found.push({ case: one.case, ...hours });
  }
  return found;
}

/** What is wrong, in words: the server's come in words, the rules' as codes with values. */
function faultText(fault, name) {
  if (fault.text) return fault.text;
  const [first, second] = fault.values;
  const at = (value) => value && clock(value);
  if (fault.code === "client_elsewhere") return text("session_fault.client_elsewhere", { 0: name(first), 1: at(second) });
  if (fault.code === "leader_elsewhere") return text("session_fault.leader_elsewhere", { 0: at(first) });
  const label = fieldOf(fault.field)?.querySelector(".form-label")?.textContent ?? fault.field;
  return `${label}：${text(`session_fault.${fault.code}`, { 0: first ?? "…" })}`;
}

/** Shows faults above the form and beside each field. */
export const showFaults = (faults, name = (id) => id) => show(summary, faults, { fieldOf, wordsOf: (fault) => faultText(fault, name), prefix: "s" });

/** Asks the rules, and shows what they say. Faults of what is not filled in yet are told when the form is sent. */
export async function look(session, { clients, queue, writing, care, now }, isSent) {
  const said = await lookAtSession(session, engagements(clients, queue, writing), care, now);
  drawFields(said.asked);
  const names = new Map(clients.map((client) => [client.id, client.name]));
  document.getElementById("session-late").hidden = !said.late;
  const elsewhere = said.faults.filter((fault) => /_elsewhere$/.test(fault.code));
  for (const field of everyField()) {
    field.querySelector("[data-told]").hidden = true;
    field.classList.remove("wrong");
  }
  summary.hidden = true;
  if (isSent) showFaults(said.faults, (id) => names.get(id) ?? "…");
  // Two places at one time are told as soon as they are known.
  else if (elsewhere.length) tellBeside(elsewhere, (id) => names.get(id) ?? "…");
  return said;
}

function tellBeside(faults, name) {
  for (const fault of faults) {
    const told = fieldOf(fault.field)?.querySelector("[data-told]");
    if (!told) continue;
    told.textContent = faultText(fault, name);
    told.hidden = false;
  }
}
