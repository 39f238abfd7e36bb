// Draws what the phone holds: persons who are due, everybody, what waits to be sent.
import { chinaDay, text } from "./words.js";
import { inWords } from "./visit.js";

export const template = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);
export const put = (node, name) => node.querySelector(`[data-put="${name}"]`);
export const joined = (...parts) => parts.filter(Boolean).join(" · ");

/** Whole days from one day to another. */
const days = (from, to) => Math.round((Date.parse(to) - Date.parse(from)) / 86400000);

function due(badge, client, today) {
  const late = client.due_on ? days(client.due_on, today) : 0;
  badge.className = `badge ${!client.due_on ? "quiet" : late > 0 ? "late" : late === 0 ? "soon" : "fine"}`;
  const over = late > 0 ? `⚠ ${text("device.overdue")} ${late} ${text("device.days")} · ` : "";
  badge.textContent = client.due_on ? `${over}${text("device.due")} ${client.due_on}` : text("device.none");
}

const lastOf = ({ last, risk }) =>
  last
    ? joined(`${text("device.last_visit")} ${last.on}`, last.class && text(`device_class.${last.class}`), risk !== null && risk !== undefined && `${text("device.risk")} ${risk}`)
    : "";

/** A person with what is due. */
export function clientCard(client, { today, hasDraft, onVisit }) {
  const card = template("client");
  card.dataset.client = client.id;
  put(card, "name").textContent = client.name;
  put(card, "address").textContent = client.address ?? "";
  put(card, "last").textContent = lastOf(client);
  due(put(card, "due"), client, today);
  const act = put(card, "act");
  act.textContent = text(hasDraft ? "device.go_on" : "device.record_visit");
  act.setAttribute("aria-label", `${act.textContent} · ${client.name}`);
  act.addEventListener("click", onVisit);
  if (client.phone) {
    const call = put(card, "call");
    call.hidden = false;
    call.href = `tel:${client.phone}`;
    call.textContent = `${text("device.call")} ${client.phone}`;
  }
  if (client.earlier?.length) {
    const earlier = put(card, "earlier");
    earlier.hidden = false;
    earlier.querySelector("summary").textContent = `${text("device.earlier")} ${client.earlier.length}`;
    const lines = client.earlier.map(([on, of, risk, met]) => {
      const line = document.createElement("li");
      const how = met ? text("device_field.face_to_face") : "";
      line.textContent = joined(on, how, of && text(`device_class.${of}`), risk !== null && risk !== undefined && `${text("device.risk")} ${risk}`);
      return line;
    });
    earlier.querySelector("ul").append(...lines);
  }
  return card;
}

/** Nothing to show, and why. */
export function nothing(code) {
  const node = template("nothing");
  node.querySelector("p").textContent = text(code);
  return node;
}

const badges = { waits: "quiet", faulty: "late", asked: "soon", conflict: "soon", gone: "late", refused: "late" };
const asked = { clock_wrong: "device.ask_clock_wrong", late: "device.ask_late", future: "device.ask_future" };

function why({ state, told, beside }, behind) {
  if (behind) return text("device.told_behind");
  if (state === "asked") return `${text(asked[told.code])}${told.code === "future" ? "" : ` ${told.day}`}`;
  if (state === "refused") return told.text;
  if (state === "faulty" || state === "gone") return text(`device.told_${state}`);
  return beside ? `${text("device.kept_both")}：${beside.by} ${beside.on}` : "";
}

function conflict(card, { told }) {
  const part = put(card, "conflict");
  part.hidden = false;
  put(card, "by").textContent = told.last ? joined(told.last.by, told.last.on) : "";
  const body = part.querySelector("tbody");
  for (const { field, mine, theirs } of told.clashes) {
    const [name, own] = inWords(field, mine);
    const row = document.createElement("tr");
    for (const [words, head] of [[name, ""], [own, body.dataset.mine], [inWords(field, theirs)[1], body.dataset.theirs]]) {
      const cell = document.createElement("td");
      if (head) cell.dataset.label = head;
      cell.textContent = words;
      row.append(cell);
    }
    body.append(row);
  }
}

/** What every record that waits shows: whose it is, how it stands, what is wrong, and what a person may do about it. */
export function dress(card, item, onAct) {
  card.dataset.waiting = item.id;
  card.dataset.state = item.state;
  put(card, "name").textContent = item.name;
  const state = put(card, "state");
  state.className = `badge ${badges[item.state] ?? "quiet"}`;
  state.textContent = text(item.state === "waits" ? "device.told_waits" : "device.faults_short");
  const faults = put(card, "faults");
  for (const fault of (item.state === "faulty" && item.told.faults) || []) {
    const line = document.createElement("li");
    line.textContent = fault.text;
    faults.append(line);
    faults.hidden = false;
  }
  card.querySelector('[data-act="confirm"]').hidden = !(item.state === "asked" && item.told.code !== "future");
  for (const button of card.querySelectorAll("[data-act]")) {
    button.setAttribute("aria-label", `${button.textContent} · ${item.name}`);
    button.addEventListener("click", () => {
      if (!button.dataset.question || window.confirm(button.dataset.question)) onAct(button.dataset.act);
    });
  }
  return card;
}

/** A visit that waits to be sent, and what a person may do about it. */
export function waitingCard({ value: item }, { behind, onAct }) {
  const card = template("waiting");
  put(card, "what").textContent = joined(item.visit.on, item.visit.mode && inWords("mode", item.visit.mode)[1], item.visit.class && text(`device_class.${item.visit.class}`));
  put(card, "why").textContent = why(item, behind);
  if (item.state === "conflict") conflict(card, item);
  return dress(card, item, onAct);
}

/** Persons in the order in which they are due; those without a day come last. */
export const inOrder = (clients) =>
  [...clients].sort((a, b) => (a.due_on ?? "9999").localeCompare(b.due_on ?? "9999") || a.name.localeCompare(b.name, "zh"));

/** Whether somebody is due today or was before. */
export const isDue = (client, today = chinaDay()) => Boolean(client.due_on) && client.due_on <= today;
