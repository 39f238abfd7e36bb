// What sticks out of a screen of the given width; empty when nothing does.
const root = document.documentElement;
const room = Math.min(arguments[0], root.clientWidth);
if (root.clientWidth > arguments[0]) return [`the page is laid out ${root.clientWidth} px wide (no viewport meta?)`];
if (root.scrollWidth <= room) return [];
const name = (element) => element.tagName.toLowerCase() + (element.id ? '#' + element.id : '') +
  [...element.classList].map((c) => '.' + c).join('');
const wide = [...document.body.querySelectorAll('*')]
  .filter((element) => element.getBoundingClientRect().right + window.scrollX > room + 0.5)
  .slice(0, 8).map((element) => `${name(element)} reaches ${Math.round(element.getBoundingClientRect().right)} px`);
return [`the page is ${root.scrollWidth} px wide, the screen ${room} px`, ...wide];
