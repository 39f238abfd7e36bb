// Finds what a person would click on: arguments are the label, and a text that the same row, card or form
// must contain (or null). An exact label wins over one that only contains the text. Scrolls there.
const plain = (text) => (text ?? '').replace(/\s+/g, ' ').trim().toLowerCase();
const [label, beside] = [plain(arguments[0]), plain(arguments[1])];
const kinds = 'button, a[href], summary, label, input[type=submit], input[type=button], ' +
  '[role=button], [role=tab], [role=menuitem], [role=option], [role=link]';
const usable = (element) => element.checkVisibility({ visibilityProperty: true }) &&
  !element.matches(':disabled, [aria-disabled=true]');
const labels = (element) => [
  element.getAttribute('aria-label'),
  element.matches('input') ? element.value : element.innerText,
  element.title,
].map(plain);
const near = (element) => {
  if (!beside) return true;
  const group = element.closest('tr, li, article, fieldset, .card, .list-group-item, form, section');
  return group !== null && plain(group.innerText).includes(beside);
};
const candidates = [...document.querySelectorAll(kinds)].filter((element) => usable(element) && near(element));
const found = candidates.find((element) => labels(element).includes(label)) ??
  candidates.find((element) => labels(element).some((text) => text.includes(label))) ?? null;
found?.scrollIntoView({ behavior: 'instant', block: 'center' });
return found;
