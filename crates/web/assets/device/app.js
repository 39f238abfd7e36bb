// Visits and sessions without a network: which view is shown, and what its buttons do. Nothing here is kept but in memory; see store.js for
// what lies on the phone and vault.js for how.
import { alone } from "./alone.js";
import * as contact from "./contact.js";
import * as sessions from "./session.js";
import { draftCard, plannedCard, servedCard, toRecord, waitingSessionCard } from "./session_views.js";
import { sheetOf, sheets } from "./sheets.js";
import * as store from "./store.js";
import { sendAll } from "./sync.js";
import * as vault from "./vault.js";
import { clientCard, inOrder, isDue, nothing, waitingCard } from "./views.js";
import * as visits from "./visit.js";
import { chinaDay, clock, minute, text } from "./words.js";

const byId = (id) => document.getElementById(id);
const digits = Number(document.body.dataset.pinDigits);
const form = byId("visit-form");
/** The place of the draft of a session that was begun for nobody in particular. */
const GROUP = "group";

/** What is known while the page is open. `content` is the key of the store: without it the phone is closed. */
const here = { meta: {}, content: null, bytes: null, clients: [], queue: [], drafts: new Map(), tab: "today", writing: null, busy: false, again: false };

// What is shown.

function show(view) {
  for (const section of document.querySelectorAll("[data-view]")) section.hidden = section.dataset.view !== view;
  byId("lock").hidden = !here.content;
  document.body.dataset.shown = view;
}

function tell(id, words, link) {
  const box = byId(id);
  box.hidden = !words;
  box.textContent = words ?? "";
  if (!words || !link) return;
  const way = document.createElement("a");
  way.href = "/sign-in?next=/device";
  way.textContent = text("device.sign_in");
  box.append(" ", way);
}

const notice = (code, values) => tell("notice", code && text(code, values));

function showNet(isOnline = navigator.onLine) {
  byId("net").textContent = text(isOnline ? "device.online" : "device.offline");
  byId("net").dataset.net = isOnline ? "on" : "off";
  byId("net").className = `badge ${isOnline ? "good" : "soon"}`;
}

function showClock(clock) {
  byId("clock").hidden = !clock?.is_wrong;
  if (clock?.is_wrong) byId("clock-told").textContent = `${text("device.clock")} ${Math.round(clock.seconds / 60)}`;
}

/** Now by the server's clock, as far as its difference is known. */
const rightNow = () => Date.now() - (here.meta.clock?.seconds ?? 0) * 1000;
const today = () => chinaDay(rightNow());

async function drawHome() {
  here.clients = inOrder((await store.all("clients", here.content)).map((found) => found.value));
  here.queue = await store.all("queue", here.content);
  here.drafts = new Map((await store.all("drafts", here.content)).map((found) => [found.key, found.value]));
  draw();
}

/** Whether this phone records sessions; otherwise it records visits. */
const isOfSessions = () => here.meta.work === "sessions";

/** Who is due today, and everybody, as cards. */
function visitCards(named) {
  const waits = new Set(here.queue.map((item) => item.value.record));
  const card = (client) => clientCard(client, { today: today(), hasDraft: here.drafts.has(client.id), onVisit: () => begin(client) });
  const due = here.clients.filter((client) => isDue(client, today()) && !waits.has(client.id));
  return { today: due.map(card), all: named.map(card) };
}

/** Planned sessions to be recorded, and the clients, as cards; what was begun for whoever is on no list stands first. */
function sessionCards(named) {
  const planned = toRecord(here.clients, here.queue, today());
  const places = new Set([...planned.map((one) => one.id), ...here.clients.map((client) => client.id)]);
  const begun = [...here.drafts.values()].filter((draft) => draft.session && !draft.key && !places.has(draft.place));
  const missedFrom = here.meta.care?.limits.missed_in_a_row ?? Infinity;
  const cards = planned.map((one) => plannedCard(one, { today: today(), hasDraft: here.drafts.has(one.id), onRecord: () => beginPlanned(one) }));
  const served = named.map((client) => servedCard(client, { missedFrom, hasDraft: here.drafts.has(client.id), onRecord: () => beginFor(client) }));
  return { today: [...begun.map((draft) => draftCard(draft, () => write(draft))), ...cards], all: served };
}

/** Draws what is in memory: a name that is being typed reads nothing from the phone. */
function draw() {
  const words = byId("find-name").value.trim();
  const named = here.clients.filter((client) => client.name.includes(words));
  const lists = isOfSessions() ? sessionCards(named) : visitCards(named);
  const counts = { today: lists.today.length, all: here.clients.length, queue: here.queue.length };
  for (const badge of document.querySelectorAll("[data-count]")) badge.textContent = counts[badge.dataset.count];
  for (const tab of document.querySelectorAll("[data-tab]")) {
    tab.classList.toggle("on", tab.dataset.tab === here.tab);
    tab.setAttribute("aria-pressed", String(tab.dataset.tab === here.tab));
  }
  byId("find-field").hidden = here.tab !== "all";
  byId("begin-group").hidden = !isOfSessions();
  const cards = here.tab === "queue" ? queueCards() : lists[here.tab];
  const empty = { today: isOfSessions() ? "device.no_session_today" : "device.nobody_due", all: "device.nobody", queue: "device.nothing_waits" };
  byId("list").replaceChildren(...(cards.length ? cards : [nothing(empty[here.tab])]));
  const { renewed_at: renewed, contact_at: since, limits } = here.meta;
  const until = since && minute(since + limits.days_without_contact * 86400000);
  byId("as-of").textContent = [renewed && `${text("device.as_of")} ${minute(renewed)}`, until && `${text("device.held_until")} ${until}`].filter(Boolean).join(" · ");
  byId("more").hidden = !here.meta.more;
  byId("more").querySelector("a").href = isOfSessions() ? "/care" : "/followup";
  showClock(here.meta.clock);
  show("home");
}

function queueCards() {
  const seen = new Set();
  return here.queue.map((item) => {
    if (item.value.session) return waitingSessionCard(item, { onAct: (act) => decide(act, item) });
    const behind = item.value.state === "waits" && seen.has(item.value.record);
    seen.add(item.value.record);
    return waitingCard(item, { behind, onAct: (act) => decide(act, item) });
  });
}

// Opening and closing.

async function remember(told) {
  const { holder, account, limits, clock, work, care } = told;
  here.meta = await store.setMeta({ holder, account, limits, clock, work, care, contact_at: Date.now(), latest: Date.now(), tries: 0, ended: undefined });
}

async function opened(told) {
  here.bytes = vault.bytesOf(told.key);
  here.content = await vault.contentKey(here.bytes);
  await remember(told);
  if (!here.meta.offline) return show("set-pin");
  here.bytes = null;
  await drawHome();
  await exchange();
}

/** The phone was revoked: everything goes, and the server learns that it did. */
async function emptied() {
  const { id } = here.meta;
  close();
  await store.wipe();
  here.meta = {};
  await contact.standing(id, true);
  show("revoked");
}

function close() {
  Object.assign(here, { content: null, bytes: null, clients: [], queue: [], drafts: new Map(), writing: null });
  for (const sheet of sheets) sheet.form.reset();
  for (const id of ["list", "who", "session-persons"]) byId(id).replaceChildren();
}

/** The days without contact are over. */
function isLate() {
  const { contact_at: since, latest = 0, limits } = here.meta;
  return Math.max(Date.now(), latest) - since > limits.days_without_contact * 86400000;
}

/** What the phone may no longer hold goes; returns whether it may be opened without a network. */
async function isInTime() {
  const { latest = 0, limits, offline } = here.meta;
  if (!offline || !limits) return false;
  const now = Date.now();
  if (isLate()) {
    await store.closeFor("late");
    here.meta = await store.meta();
    return false;
  }
  if (now + limits.clock_minutes * 60000 < latest) {
    tell("trouble", text("device.clock_back"), true);
    return false;
  }
  // A full phone is told when something is to be kept; it opens what it holds nevertheless.
  const change = { latest: Math.max(now, latest) };
  here.meta = await store.setMeta(change).catch(() => ({ ...here.meta, ...change }));
  return true;
}

/** Whether the open page may stay open: somebody uses it, and the days without contact are not over. */
async function staysOpen() {
  const { limits, offline } = here.meta;
  const idle = Date.now() - used > limits.idle_minutes * 60000;
  if (!idle && !(offline && isLate())) return true;
  await lock();
  return false;
}

/** Closes first, whatever becomes of the draft: what was being written is kept behind the closed page, or it is told that it could
 *  not be. */
async function closeKeeping(view) {
  const keeping = saveDraft();
  close();
  show("opening");
  const isKept = await keeping;
  await view();
  if (!isKept) tell("trouble", text("device.draft_lost"));
}

const lock = () => closeKeeping(() => closedView("no-key"));

async function closedView(otherwise) {
  show((await isInTime()) ? "closed" : otherwise);
}

/** Another page of this phone goes on; what was being written here is kept as its draft. */
const elsewhere = () => closeKeeping(() => show("elsewhere"));

async function start() {
  show("opening");
  showNet();
  if (!(await alone({ lost: elsewhere }))) return show("elsewhere");
  here.meta = await store.meta();
  if (!here.meta.id) return offerRegistration();
  const inTime = await isInTime();
  const { how, told } = await contact.open(here.meta.id, await store.count("queue"));
  showNet(how !== "offline");
  if (how === "done") return opened(told);
  if (how === "revoked") return emptied();
  if (how === "missing") return show("another");
  if (how === "forbidden") return show("no-role");
  if (how === "signed-out") {
    const standing = await contact.standing(here.meta.id, false);
    if (standing.told?.standing === "revoked") return emptied();
    if (!inTime) return show(here.meta.ended ? "no-key" : "signed-out");
    tell("trouble", text("device.session_over"), true);
  }
  return closedView("no-key");
}

async function offerRegistration() {
  const { how, told } = await contact.may();
  const views = { "signed-out": "signed-out", forbidden: "no-role", offline: "signed-out" };
  show(views[how] ?? "register");
  // Said before a name and a number are typed in vain.
  if (how === "done" && told.registered >= told.most) tell("trouble", text("device.full", { most: told.most }));
}

function problem(of, words) {
  const told = of.querySelector("[data-problem]");
  told.hidden = !words;
  told.textContent = words ?? "";
  if (words) of.querySelector("input[type=password], input").focus();
}

/** The number that was typed twice, or nothing and why. */
function chosenPin(of) {
  const [pin, again] = [of.elements.pin.value, of.elements.again.value];
  const weak = vault.weakness(pin, digits) ?? (pin === again ? null : "device.pin_differs");
  problem(of, weak && text(weak));
  return weak ? null : pin;
}

async function keepPin(pin) {
  const { id, limits } = here.meta;
  here.meta = await store.setMeta({ offline: await vault.wrap(here.bytes, pin, limits.pin_rounds, id), tries: 0 });
  here.bytes = null;
  await drawHome();
  await exchange();
}

byId("register-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const pin = chosenPin(event.target);
  if (!pin) return;
  const { how, told } = await contact.register(event.target.elements.name.value);
  if (how === "signed-out") return show("signed-out");
  if (how !== "done") return problem(event.target, told?.text ?? told?.detail ?? text("device.network"));
  await store.wipe();
  here.meta = await store.setMeta({ id: told.id });
  here.bytes = vault.bytesOf(told.key);
  here.content = await vault.contentKey(here.bytes);
  await remember(told);
  event.target.reset();
  await keepPin(pin);
});

byId("set-pin-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const pin = chosenPin(event.target);
  event.target.reset();
  if (pin) await keepPin(pin);
});

byId("open-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!(await isInTime())) return show("no-key");
  const { id, offline, limits, tries = 0 } = here.meta;
  try {
    // Counted before it is tried, so that closing the page in between gains nothing.
    here.meta = await store.setMeta({ tries: tries + 1 });
  } catch (fault) {
    return problem(event.target, `${text("device.no_room")} ${fault?.name ?? ""}`);
  }
  const bytes = await vault.unwrap(offline, event.target.elements.pin.value, id);
  event.target.reset();
  if (!bytes) {
    const left = limits.pin_tries - tries - 1;
    if (left > 0) return problem(event.target, `${text("device.pin_wrong")} ${left}`);
    await store.closeFor("tries");
    here.meta = await store.meta();
    return show("no-key");
  }
  problem(event.target, null);
  here.meta = await store.setMeta({ tries: 0 });
  here.content = await vault.contentKey(bytes);
  bytes.fill(0);
  await drawHome();
});

byId("lock").addEventListener("click", lock);

// Sending, and renewing the caseload.

/** Sends what waits, then renews the caseload; tells what came of it. Asked for while it runs, it runs once more. */
async function exchange() {
  if (!here.content) return;
  if (here.busy) {
    here.again = true;
    return;
  }
  here.busy = true;
  here.again = false;
  try {
    const { id, limits } = here.meta;
    const sent = await sendAll(id, here.content, limits.batch, () => here.writing?.key, here.meta.work);
    // Closed meanwhile, or another page goes on.
    if (!here.content || !(await goesOn(sent.how))) return;
    if (sent.clock) here.meta = await store.setMeta({ clock: sent.clock, contact_at: Date.now() });
    const known = Object.fromEntries((await store.all("clients", here.content)).map(({ key, value }) => [key, value.mark ?? ""]));
    const held = await (isOfSessions() ? contact.clients : contact.caseload)(id, known);
    if (!here.content || !(await goesOn(held.how))) return;
    if (held.how === "done") {
      await store.renewClients(here.content, held.told.all, held.told.clients);
      here.meta = await store.setMeta({ renewed_at: Date.now(), contact_at: Date.now(), more: held.told.more });
    }
    const words = [sent.taken && `${text("device.sent")} ${sent.taken}`, text("device.stale")];
    for (const other of sent.beside) words.push(`${other.name}：${text("device.kept_both")}（${other.by} ${other.on}）`);
    tell("notice", words.filter(Boolean).join(" · "));
  } finally {
    here.busy = false;
    if (here.content && !here.writing) await drawHome();
    if (here.again) await exchange();
  }
}

/** Whether the exchange goes on after such an answer. */
async function goesOn(how) {
  showNet(how !== "offline");
  if (how === "revoked") await emptied();
  if (how === "signed-out") tell("trouble", text("device.session_over"), true);
  if (how === "offline" || how === "later") notice("device.network");
  if (how === "done") tell("trouble", null);
  return how === "done" || how === "busy";
}

/** What a person decides about a record that waits. */
async function decide(act, { key, value: item }) {
  const change = (more) => store.put("queue", key, here.content, { ...item, state: "waits", told: undefined, ...more });
  if (act === "correct") return correct(key, item);
  if (act === "confirm") await change({ confirmed: true });
  if (act === "apart") await change({ planned: null, expected: [] });
  if (act === "keep-both") await change({ version: item.told.version, beside: item.told.last && { by: item.told.last.by, on: item.told.last.on } });
  if (act === "withdraw") {
    const { id, record, state } = item;
    const { how, told } = item.session
      ? await contact.withdrawSession(here.meta.id, { id, planned: item.planned?.id ?? null, state })
      : await contact.withdraw(here.meta.id, { id, record, state });
    if (how === "done") await store.leave(key);
    else if (how === "refused") {
      // The server has it already: nothing waits any more, and the words say where it is corrected.
      if (["visit_taken", "session_taken"].includes(told?.code)) await store.leave(key);
      await drawHome();
      return tell("trouble", told?.text);
    } else if (!(await goesOn(how))) return;
  }
  await drawHome();
  await exchange();
}

/** Opens what waits, with what was already corrected of it; not while it may be on its way. */
async function correct(key, item) {
  if (here.busy) return notice("device.sending");
  const begun = await store.get("drafts", store.corrected(key), here.content);
  const { part } = sheetOf(item);
  await write({ ...item, key, version: item.told?.version ?? item.version, [part]: begun?.[part] ?? item[part] });
}

// Writing.

/** An identifier for a visit, at home where its record is (UUID version 7 with the record's home). */
function newId(record) {
  const hex = Date.now().toString(16).padStart(12, "0");
  const chance = crypto.getRandomValues(new Uint8Array(8));
  chance[0] = (chance[0] & 0x3f) | 0x80;
  const tail = [...chance].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-${record.split("-")[2]}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}

async function begin(client) {
  if (here.queue.length >= here.meta.limits.queue) return notice("device.queue_full");
  const draft = await store.get("drafts", client.id, here.content);
  const fresh = () => ({
    id: newId(client.id),
    record: client.id,
    name: client.name,
    version: client.version,
    last_class: client.class,
    base: client.last ? visits.flat(client.last.visit) : {},
    visit: visits.blank(today(), here.meta.holder),
  });
  await write(draft ?? fresh());
}

/** Begins a session, or goes on with the one that was begun in the same place. */
async function beginSession(place, names, { session = {}, ...more } = {}) {
  if (here.queue.length >= here.meta.limits.queue) return notice("device.queue_full");
  const id = newId(here.meta.account);
  const came = Object.keys(names).map((one) => ({ case: one, presence: "came" }));
  const fresh = () => ({ id, record: id, place, name: Object.values(names).join("、"), names, planned: null, expected: [], session: { ...sessions.blank(today()), persons: came, ...session }, ...more });
  await write((await store.get("drafts", place, here.content)) ?? fresh());
}

/** Begins a session of one client; where one service was agreed, it is that. */
const beginFor = ({ id, name, services = [] }) => beginSession(id, { [id]: name }, { session: services.length === 1 ? { service: services[0] } : {} });

/** Begins the record of a planned session: who was expected, and what was planned of it. */
function beginPlanned({ id, version, starts, ends, service, way, place, cases, names }) {
  const begun = Date.parse(starts);
  const minutes = Math.round((Date.parse(ends) - begun) / 60000);
  const session = { on: chinaDay(begun), start: clock(starts), minutes, service, way, place, persons: [] };
  return beginSession(id, names, { planned: { id, version }, expected: cases, session });
}

async function write(item) {
  const sheet = sheetOf(item);
  here.writing = sheet.open(item, here);
  sheet.draft.textContent = "";
  sheet.discard.hidden = Boolean(item.key);
  show(sheet.view);
  window.scrollTo(0, 0);
  await look();
  if (item.told?.faults) sheet.showFaults(item.told.faults);
}

const written = () => sheetOf(here.writing).written(here.writing);

async function look(isSent = false) {
  const { writing, clients, queue, meta } = here;
  const beside = { writing, clients, queue, care: meta.care, day: today(), now: rightNow() };
  here.said = await sheetOf(writing).look(written(), beside, isSent);
  return here.said;
}

let waiting;
/** Keeps what is being written, as it stands now; returns whether nothing is lost, and tells what could not be kept. */
async function saveDraft() {
  clearTimeout(waiting);
  const { writing, content } = here;
  if (!writing || !content) return true;
  const { last, ...draft } = writing;
  const sheet = sheetOf(writing);
  const place = writing.key ? store.corrected(writing.key) : placeOf(writing);
  const record = sheet.typed(writing);
  try {
    await store.put("drafts", place, content, { ...sheet.named(draft, record, here), [sheet.part]: record });
  } catch (fault) {
    if (here.writing) tell("trouble", `${text("device.not_kept")} ${fault?.name ?? ""}`);
    return false;
  }
  sheet.draft.textContent = text("device.draft_kept");
  return true;
}

/** Where the draft of a record lies until the record waits: with its person, or with what was begun. */
const placeOf = (writing) => writing.place ?? writing.record;

const typed = () => {
  clearTimeout(waiting);
  waiting = setTimeout(saveDraft, 600);
  look();
};
document.addEventListener("visibilitychange", () => (document.hidden ? saveDraft() : here.content && staysOpen()));
window.addEventListener("pagehide", saveDraft);

async function keep(event) {
  event.preventDefault();
  if (here.keeping) return;
  here.keeping = true;
  try {
    clearTimeout(waiting);
    const sheet = sheetOf(here.writing);
    const record = written();
    if ((await look(true)).faults.length) return;
    const { key, last, told, ...item } = sheet.named(here.writing, record, here);
    const kept = { ...item, [sheet.part]: record, state: "waits", confirmed: Boolean(item.confirmed), written_at: item.written_at ?? new Date().toISOString() };
    if (key) await store.requeue(here.content, key, { ...kept, confirmed: false });
    else await store.enqueue(here.content, placeOf(item), kept);
    here.writing = null;
    notice("device.saved");
    tell("trouble", null);
    await drawHome();
  } catch (fault) {
    // No room is left, or the browser refuses: what was written stays in the form.
    tell("trouble", `${text("device.not_kept")} ${fault?.name ?? ""}`);
    window.scrollTo(0, 0);
    return;
  } finally {
    here.keeping = false;
  }
  await exchange();
}

// An answer that was given by mistake is taken back by a second touch, or by Delete.
let before;
const radioOf = (event) => event.target.closest?.(".check")?.querySelector("input[type=radio]");
const takeBack = (radio) => {
  radio.checked = false;
  radio.form.dispatchEvent(new Event("input"));
};
for (const { form: one, discard } of sheets) {
  one.addEventListener("input", typed);
  one.addEventListener("submit", keep);
  one.addEventListener("pointerdown", (event) => (before = radioOf(event)?.checked ? radioOf(event) : null));
  one.addEventListener("click", (event) => {
    if (event.target.type !== "radio") return;
    if (event.target === before) takeBack(event.target);
    before = null;
  });
  one.addEventListener("keydown", (event) => {
    if (event.target.type === "radio" && /^(Delete|Backspace)$/.test(event.key)) takeBack(event.target);
  });
  discard.addEventListener("click", async () => {
    if (!window.confirm(discard.dataset.question)) return;
    clearTimeout(waiting);
    await store.remove("drafts", placeOf(here.writing));
    here.writing = null;
    await drawHome();
  });
}

byId("take-class").addEventListener("click", () => {
  form.querySelector(`[name="class"][value="${here.said.computed.class}"]`).checked = true;
  form.dispatchEvent(new Event("input"));
});
byId("take-latest").addEventListener("click", () => {
  form.elements.next_on.value = here.said.latest;
  form.dispatchEvent(new Event("input"));
});
form.querySelector("[data-copy-drugs]").addEventListener("click", () => {
  visits.copyDrugs(here.writing.last?.visit);
  form.dispatchEvent(new Event("input"));
});
for (const back of document.querySelectorAll("[data-back]")) {
  back.addEventListener("click", async () => {
    if (!(await saveDraft())) return window.scrollTo(0, 0);
    here.writing = null;
    await drawHome();
  });
}
byId("begin-group").addEventListener("click", () => beginSession(GROUP, {}, { session: { way: "W3" } }));
byId("find-person").addEventListener("input", (event) => {
  // What is looked for is no part of the record.
  event.stopPropagation();
  sessions.find(event.target.value.trim());
});
byId("find-person").addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());

// The rest of the page.

for (const tab of document.querySelectorAll("[data-tab]")) {
  tab.addEventListener("click", () => {
    here.tab = tab.dataset.tab;
    drawHome();
  });
}
byId("find-name").addEventListener("input", draw);
byId("use-here").addEventListener("click", async () => (await alone({ away: true, lost: elsewhere })) && start());
byId("refresh").addEventListener("click", exchange);
byId("send").addEventListener("click", exchange);

window.addEventListener("online", () => {
  showNet();
  exchange();
});
window.addEventListener("offline", () => showNet());

let used = Date.now();
for (const sign of ["pointerdown", "keydown", "input"]) document.addEventListener(sign, () => (used = Date.now()), { passive: true });
setInterval(async () => {
  if (!here.content || !(await staysOpen())) return;
  if (navigator.onLine && !here.writing && (await store.count("queue"))) await exchange();
}, 60000);

if (!vault.isAble()) show("unsupported");
else {
  navigator.serviceWorker?.register("/service-worker.js").catch(() => {});
  navigator.serviceWorker?.ready.then((worker) => worker.active.postMessage({ language: document.documentElement.lang }));
  start();
}
