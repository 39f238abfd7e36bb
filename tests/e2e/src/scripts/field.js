// Finds the field of a name and tells how it is filled: by keys, or by setting its value because what the
// keys mean depends on the locale (dates) or there are none (ranges).
const fields = [...document.getElementsByName(arguments[0])];
const field = fields.find((element) => element.checkVisibility({ visibilityProperty: true }) &&
  !element.matches(':disabled, [readonly], [type=hidden]'));
if (!field) return null;
const set = ['date', 'time', 'month', 'week', 'datetime-local', 'color', 'range'].includes(field.type);
return [field, set ? 'set' : 'type'];
