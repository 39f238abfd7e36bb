// What is wrong with a form, in its summary with links to the fields, and beside each field.

/** Shows faults; `fieldOf` finds the field of a name, `wordsOf` says what is wrong, ids of inputs without one begin with `prefix`. */
export function showFaults(summary, faults, { fieldOf, wordsOf, prefix }) {
  const list = summary.querySelector("ul");
  list.replaceChildren();
  for (const fault of faults) {
    const words = wordsOf(fault);
    const field = (fault.fields ?? [fault.field]).map(fieldOf).find(Boolean);
    const line = document.createElement("li");
    const input = field?.querySelector("input:not([disabled]), select:not([disabled]), textarea");
    if (input) {
      input.id ||= `${prefix}-${field.dataset.field}`;
      const link = document.createElement("a");
      link.href = `#${input.id}`;
      link.textContent = words;
      line.append(link);
    } else line.textContent = words;
    list.append(line);
    const told = field?.querySelector("[data-told]");
    if (!told) continue;
    told.textContent = words;
    told.hidden = false;
    field.classList.add("wrong");
  }
  summary.hidden = !faults.length;
  if (faults.length) summary.focus();
}
