// Small comforts; every page works without them.
document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!target) return;
  event.preventDefault();
  if (target.matches("input, select, textarea")) target.focus();
  else target.click();
});

// A button that asks before what cannot be undone.
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// Print buttons.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// The error summary is what the person hears and sees first.
document.getElementById("summary")?.focus();

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || !event.target.matches("[data-once]")) return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent;
});

// Fields that another field does not ask for are out of sight, and not sent.
const values = (form, name) =>
  [...form.elements].filter((e) => e.name === name && (!/^(radio|checkbox)$/.test(e.type) || e.checked)).map((e) => e.value);
const fit = (form) => {
  for (const field of form.querySelectorAll("[data-when]")) {
    const wanted = field.dataset.is.split(" ");
    const shown = values(form, field.dataset.when).some((value) => wanted.includes(value));
    field.hidden = !shown;
    for (const input of field.querySelectorAll("input, select, textarea")) input.disabled = !shown;
  }
};
for (const form of document.forms) if (form.querySelector("[data-when]")) fit(form);
document.addEventListener("change", (event) => event.target.form?.querySelector("[data-when]") && fit(event.target.form));

// An identity number tells its own mistakes, and the birth date and sex beside it (GB 11643).
const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const checked = (number) => {
  if (!/^\d{17}[\dX]$/.test(number)) return false;
  const sum = weights.reduce((total, weight, i) => total + weight * Number(number[i]), 0);
  const day = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`;
  const real = new Date(`${day}T00:00:00Z`);
  return "10X98765432"[sum % 11] === number[17] && !Number.isNaN(real.getTime()) && real.toISOString().startsWith(day) && day;
};
document.addEventListener("input", (event) => {
  const wrong = event.target.dataset?.identity;
  if (!wrong) return;
  const number = event.target.value.trim().toUpperCase();
  const day = checked(number);
  const told = event.target.parentElement.querySelector("[data-told]");
  told.textContent = wrong;
  told.hidden = number.length < 18 || Boolean(day);
  if (!day) return;
  const prefix = event.target.name.slice(0, event.target.name.lastIndexOf("."));
  const birth = event.target.form.elements[`${prefix}.birth_date`];
  if (birth) birth.value = day;
  const sex = Number(number[16]) % 2 ? "male" : "female";
  for (const radio of event.target.form.querySelectorAll(`[name="${prefix}.sex"]`)) radio.checked = radio.value === sex;
});

// What is being written on a long form is kept on the server, so that a lost connection loses nothing. While it is lost
// the page says so, tries again, and does not let the form be sent into the void.
for (const form of document.querySelectorAll("form[data-keep]")) {
  const state = form.querySelector("[data-kept]");
  const tell = (what) => (state.textContent = state.dataset[what]);
  let waiting;
  let sent = false;
  let changes = 0;
  let keeping;
  const keep = async () => {
    const body = new URLSearchParams(new FormData(form));
    const these = changes;
    keeping = new AbortController();
    try {
      const way = { method: "POST", body, redirect: "manual", signal: keeping.signal };
      const answer = await fetch(`/unsent?place=${encodeURIComponent(form.dataset.keep)}`, way);
      if (!answer.ok) throw new Error(String(answer.status));
      if (these === changes) changes = 0;
      tell("kept");
    } catch {
      if (sent) return;
      tell("lost");
      waiting = setTimeout(keep, 5000);
    }
  };
  const soon = () => {
    changes += 1;
    clearTimeout(waiting);
    waiting = setTimeout(keep, 1500);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  form.addEventListener("submit", (event) => {
    clearTimeout(waiting);
    if (navigator.onLine) {
      sent = true;
      // What is still on its way would be kept after it was sent.
      keeping?.abort();
      return;
    }
    event.preventDefault();
    delete form.dataset.sent;
    tell("lost");
    soon();
  });
  // Whoever leaves before it is kept is asked; one who leaves the page for a moment loses nothing.
  window.addEventListener("beforeunload", (event) => changes && !sent && event.preventDefault());
  document.addEventListener("visibilitychange", () => document.hidden && changes && !sent && keep());
}
