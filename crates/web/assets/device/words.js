// The texts that scripts show. They stand in the page, in its language, each under its code.
const texts = document.getElementById("texts").content;

/** The text of a code, such as `device.online`; values fill its places. */
export function text(code, values = {}) {
  const found = texts.querySelector(`[data-code="${CSS.escape(code)}"]`);
  let told = found ? found.textContent : code;
  for (const [name, value] of Object.entries(values)) told = told.replaceAll(`%{${name}}`, value);
  return told;
}

/** The words of an answer of the form; an answer that is not chosen from a list is its own words. */
export function answer(path, value) {
  if (value === null || value === undefined || value === "") return text("device.none");
  if (value === true) return text("device.yes");
  if (Array.isArray(value)) {
    const words = value.map((one) => (typeof one === "object" ? one.name : answer(path, one)));
    return words.length ? words.join("、") : text("device.none");
  }
  const chosen = document.querySelector(`[name="${CSS.escape(path)}"][value="${CSS.escape(String(value))}"]`);
  return chosen?.parentElement.querySelector("span")?.textContent ?? String(value);
}

/** A minute as it is read, in the phone's own time zone. */
export function minute(at) {
  const two = (number) => String(number).padStart(2, "0");
  const d = new Date(at);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}`;
}

/** The time of day in China of an instant: sessions are noted by it. */
export const clock = (at) => new Date(Date.parse(at) + 8 * 3600 * 1000).toISOString().slice(11, 16);

/** The day in China of an instant: visits are dated by it wherever the phone thinks it is. */
export function chinaDay(at = Date.now()) {
  return new Date(at + 8 * 3600 * 1000).toISOString().slice(0, 10);
}
