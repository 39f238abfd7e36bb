// Scrolls to the radio button or check box of a name and value and tells whether it is chosen, and where to click:
// on the box, or on its label where the box itself is drawn away. A box without a value has the value "on".
const box = [...document.getElementsByName(arguments[0])].find((element) =>
  element.matches('input[type=radio], input[type=checkbox]') && element.value === arguments[1] && !element.disabled);
if (!box) return null;
if (box.checked) return [true];
const visible = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
const target = visible(box) ? box : [...box.labels].find(visible);
if (!target) return [false];
target.scrollIntoView({ behavior: 'instant', block: 'center' });
const { left, top, width, height } = target.getBoundingClientRect();
const [x, y] = [left + width / 2, top + height / 2];
const met = document.elementFromPoint(x, y);
return target.contains(met) ? [false, x, y] : [false];
