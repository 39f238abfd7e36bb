// The form of a visit and the record of the rules: each field names the place of its value there.
import { text, answer } from "./words.js";
import { showFaults as show } from "./faults.js";
import { lookAt } from "./rules.js";

const form = document.getElementById("visit-form");
const fields = [...form.querySelectorAll("[data-path]")];
const summary = document.getElementById("summary");

/** A record in which nothing is written yet. */
export const blank = (on, doctor) => ({
  on,
  interviewed: "",
  mode: null,
  face_to_face: null,
  lost: null,
  death: null,
  found: {
    risk: null,
    symptoms: [],
    symptom_level: null,
    insight: null,
    sleep: null,
    diet: null,
    function: [null, null, null, null, null],
    danger: { none: false, minor: 0, trouble: 0, harm: 0, other: 0, self_harm: 0, suicide_attempt: 0 },
    lock_up: null,
    hospitalisation: null,
    last_discharge: null,
    laboratory: null,
    physical: null,
    other_abnormality: false,
    adherence: null,
    adverse_reaction: null,
    adverse_severe: false,
    effect: null,
    referral: null,
    emergency_record: false,
    drugs: [],
    guidance: [],
    rehabilitation: [],
  },
  class: null,
  override_reason: "",
  next_on: null,
  doctor,
});

const at = (record, path) => path.split(".").reduce((value, part) => value?.[part], record);

const put = (record, path, value) => {
  const parts = path.split(".");
  const last = parts.pop();
  const place = parts.reduce((value, part) => (value[part] ??= {}), record);
  place[last] = value;
};

/** What is written, by place; what is empty is left out. */
export function flat(record) {
  const found = {};
  for (const field of fields) {
    const value = at(record, field.dataset.path);
    const empty = value === null || value === undefined || value === "" || value === false || value === 0;
    const zero = value === 0 && !field.dataset.path.includes("danger");
    if ((!empty || zero) && !(Array.isArray(value) && !value.length)) found[field.dataset.path] = value;
  }
  return found;
}

/** The words of a place and of its value. */
export const inWords = (path, value) => {
  const field = fields.find((one) => one.dataset.path === path);
  const name = field?.querySelector(".form-label, .check span")?.textContent ?? path;
  return [name, answer(path, value)];
};

const numberOf = (typed) => (typed === "" ? null : Number(typed));

function readDrugs(field) {
  const lines = [...field.querySelectorAll("[data-drug]")].map((line) => {
    const part = (name) => line.querySelector(`[data-part=${name}]`).value.trim();
    return { name: part("name"), times_a_day: numberOf(part("times")), dose_micrograms: Math.round((Number(part("dose")) || 0) * 1000) };
  });
  return lines.filter((line) => line.name || line.times_a_day || line.dose_micrograms);
}

function writeDrugs(field, drugs) {
  [...field.querySelectorAll("[data-drug]")].forEach((line, place) => {
    const drug = drugs[place];
    const part = (name, value) => (line.querySelector(`[data-part=${name}]`).value = value ?? "");
    part("name", drug?.name);
    part("times", drug?.times_a_day);
    part("dose", drug?.dose_micrograms ? drug.dose_micrograms / 1000 : "");
  });
}

function valueOf(field) {
  const { path, kind } = field.dataset;
  if (kind === "drugs") return readDrugs(field);
  const inputs = [...field.querySelectorAll(`[name="${CSS.escape(path)}"]`)];
  const chosen = inputs.filter((input) => !/^(radio|checkbox)$/.test(input.type) || input.checked).map((input) => input.value.trim());
  if (kind === "flag") return chosen.length > 0;
  if (kind === "list") return chosen.map(Number);
  const typed = chosen[0] ?? "";
  if (kind === "number") return path.includes(".danger.") ? (numberOf(typed) ?? 0) : numberOf(typed);
  const words = ["interviewed", "override_reason", "doctor"].includes(path);
  return typed === "" && !words ? null : typed;
}

/** The record as it stands in the form. Fields out of sight are empty. */
export function read(base) {
  const record = structuredClone(base);
  const refer = form.elements["found.referral.made"].checked;
  record.found.referral = refer ? { made: true, reason: "", to: "" } : null;
  const died = form.elements["death.on"].value;
  record.death = died ? { on: died, cause: "other", source: "" } : null;
  for (const field of fields) {
    const { path, kind } = field.dataset;
    if (path.startsWith("found.referral.") && !refer) continue;
    if (path.startsWith("death.") && !died) continue;
    const value = field.hidden ? { flag: false, list: [], drugs: [] }[kind] ?? null : valueOf(field);
    if (value === null && /^(death|found\.referral)\./.test(path)) {
      if (path !== "death.cause") put(record, path, "");
      continue;
    }
    put(record, path, value);
  }
  return record;
}

/** Writes a record into the form. */
export function write(record) {
  form.reset();
  for (const field of fields) {
    const { path, kind } = field.dataset;
    const value = at(record, path);
    if (kind === "drugs") {
      writeDrugs(field, value ?? []);
      continue;
    }
    const told = Array.isArray(value) ? value.map(String) : [value === null || value === undefined ? "" : String(value)];
    for (const input of field.querySelectorAll(`[name="${CSS.escape(path)}"]`)) {
      if (/^(radio|checkbox)$/.test(input.type)) input.checked = told.includes(input.value);
      else input.value = path.includes(".danger.") && told[0] === "0" ? "" : told[0];
    }
  }
  fit(record);
}

/** What was answered last time stands beside each field. */
export function remind(last) {
  for (const field of fields) {
    field.querySelector("[data-last]")?.remove();
    const value = last && flat(last)[field.dataset.path];
    if (value === undefined || ["on", "next_on", "override_reason", "doctor"].includes(field.dataset.path)) continue;
    const note = document.createElement("p");
    note.className = "sub mb-1";
    note.dataset.last = "";
    note.textContent = `${text("device.last_visit")}：${answer(field.dataset.path, value)}`;
    (field.querySelector("[data-told]") ?? field.firstChild).after(note);
  }
}

/** Copies the lines of drugs of the last visit. */
export const copyDrugs = (last) => writeDrugs(form.querySelector("[data-kind=drugs]"), last?.found.drugs ?? []);

/** Shows the fields that others ask for, and the findings only where the person was met. */
export function fit(record) {
  for (const field of fields) {
    if (!field.dataset.shownBy) continue;
    const now = String(at(record, field.dataset.shownBy) ?? "");
    field.hidden = !field.dataset.shownWith.split(" ").includes(now);
  }
  const met = record.lost === null && record.death === null;
  for (const group of form.querySelectorAll("fieldset[data-met]")) group.hidden = !met;
}

/** The record without what must not stand beside a death or a miss. */
export function settled(record) {
  if (record.lost === null && record.death === null) return record;
  const empty = blank(record.on, record.doctor);
  return { ...record, found: empty.found, class: null, next_on: record.death ? null : record.next_on };
}

const faultText = (fault) => text(`visit_fault.${fault.code}`, { day: fault.day ?? "…" });

/** Names by which the rules call fields whose names on the form differ. */
const places = { danger: "danger_none", referral: "referral_made", referred: "referral_made", other_harm: "other", death: "death_on", found: "risk" };

/** Asks the rules, and shows what they say. Faults of what is not filled in yet are told when the form is sent. */
export async function look(record, lastClass, today, isSent) {
  const said = await lookAt(record, lastClass, today);
  const { computed, latest, faults } = said;
  const shown = computed
    ? `${text("device.computed")}：${text(`device_class.${computed.class}`)}（${text("device.rule")} ${computed.rule} ${text(`device_rule.${computed.rule}`)}）`
    : text("device.missing");
  document.getElementById("computed").textContent = record.lost === null && record.death === null ? shown : "";
  document.getElementById("latest").textContent = latest ? `${text("device.latest")} ${latest}` : "";
  document.getElementById("take-class").hidden = !computed || record.class === computed.class;
  document.getElementById("take-latest").hidden = !latest || record.next_on === latest;
  for (const told of form.querySelectorAll("[data-told]")) {
    told.hidden = true;
    told.closest(".field")?.classList.remove("wrong");
  }
  summary.hidden = !isSent || !faults.length;
  summary.querySelector("ul").replaceChildren();
  if (isSent) showFaults(faults);
  return said;
}

/** Shows faults above the form and beside each field. */
export const showFaults = (faults) => show(summary, faults, { fieldOf, wordsOf: (fault) => fault.text ?? faultText(fault), prefix: "f" });

const fieldOf = (name) => fields.find((field) => field.dataset.field === (places[name] ?? name));
