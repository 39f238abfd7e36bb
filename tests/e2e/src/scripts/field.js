// Finds the field of a name. Given a value, makes it ready: "type" says that its text is chosen and waits to be
// replaced by what is typed; "set" that it holds the value already, because what keys mean depends on the locale
// (dates), or there are none (ranges), or nothing is to be typed.
const [name, value] = arguments;
const fields = [...document.getElementsByName(name)];
const field = fields.find((element) => element.checkVisibility({ visibilityProperty: true }) &&
  !element.matches(':disabled, [readonly], [type=hidden]'));
if (!field) return null;
if (value === null) return [field];
const set = ['date', 'time', 'month', 'week', 'datetime-local', 'color', 'range'].includes(field.type);
if (set || value === '') {
  field.value = value;
  for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, { bubbles: true }));
  return [field, 'set'];
}
field.scrollIntoView({ behavior: 'instant', block: 'center' });
field.focus();
field.select();
return document.activeElement === field ? [field, 'type'] : null;
