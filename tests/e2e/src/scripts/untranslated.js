// What the program itself says on a page in another language than the page's, or as a bare code. Names, addresses
// and titles that people wrote are as they are.
const chinese = /\p{Script=Han}/u;
const latin = /[A-Za-z]{4,}/;
const code = /(^|\s)[a-z]+(_[a-z0-9]+)+($|\s)|(^|\s)[a-z_]+(\.[a-z_0-9]+)+($|\s)/;
const said = 'h2, h3, th, dt, legend, button, summary, nav a, label, .badge, .form-hint, .stat .sub, .alert, .empty, ' +
  '.timeline2 strong, .stepper b, .clock';
const written = 'body [lang], code, kbd, td strong, .visually-hidden, .candidates strong, .check:has([name=case_manager], [name=hospital]), ' +
  '.brand, .crumbs, .check:has([name=person]), .picker .check, .together, .tap legend, dt.written';
const page = document.documentElement.lang;
const found = new Set();
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walk.nextNode(); node; node = walk.nextNode()) {
  const text = node.textContent.trim();
  const element = node.parentElement;
  if (!text || element.closest('script, style, ' + written) || !element.checkVisibility()) continue;
  const wrong = page.startsWith('zh') ? latin.test(text) && !chinese.test(text) : chinese.test(text);
  if (code.test(text) || (wrong && element.closest(said))) found.add(`${element.tagName.toLowerCase()}: ${text}`);
}
return [...found];
