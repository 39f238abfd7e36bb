// Finds the radio button or check box of a name and value, and what a person clicks to choose it: the box, or
// its label where the box itself is drawn away. A box without a value has the value "on".
const box = [...document.getElementsByName(arguments[0])].find((element) =>
  element.matches('input[type=radio], input[type=checkbox]') && element.value === arguments[1] && !element.disabled);
if (!box) return null;
const visible = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
const target = visible(box) ? box : [...box.labels].find(visible);
return target ? [box, target, box.checked] : null;
