// What lies on this phone is encrypted with AES-256-GCM. The key comes from the server with each sign-in and is held in memory
// alone; for the time without a network a copy lies here, wrapped twice: by a key made from the holder's number (PBKDF2), and by
// a key of this browser that scripts can use but not read.
const coder = new TextEncoder();
const reader = new TextDecoder();
const subtle = globalThis.crypto?.subtle;

/** Whether this browser can keep anything safely. */
export const isAble = () => Boolean(subtle && globalThis.indexedDB && globalThis.WebAssembly);

export const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

const joined = (iv, sealed) => {
  const whole = new Uint8Array(iv.length + sealed.byteLength);
  whole.set(iv);
  whole.set(new Uint8Array(sealed), iv.length);
  return whole;
};

async function sealBytes(key, bytes, place) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return joined(iv, await subtle.encrypt({ name: "AES-GCM", iv, additionalData: coder.encode(place) }, key, bytes));
}

async function openBytes(key, whole, place) {
  const iv = whole.slice(0, 12);
  return subtle.decrypt({ name: "AES-GCM", iv, additionalData: coder.encode(place) }, key, whole.slice(12));
}

/** Seals a value for one place: put anywhere else it does not open. */
export const seal = (key, value, place) => sealBytes(key, coder.encode(JSON.stringify(value)), place);

/** Opens a sealed value. */
export const open = async (key, whole, place) => JSON.parse(reader.decode(await openBytes(key, whole, place)));

/** The key of the store, out of its bytes; scripts cannot read it again. */
export const contentKey = (bytes) => subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);

/** A key of this browser that cannot be read. */
export const browserKey = () => subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);

async function numberKey(pin, salt, rounds) {
  const number = await subtle.importKey("raw", coder.encode(pin), "PBKDF2", false, ["deriveKey"]);
  const way = { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds };
  return subtle.deriveKey(way, number, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** Wraps the key of the store for the time without a network. */
export async function wrap(bytes, pin, rounds, device) {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const browser = await browserKey();
  const inner = await sealBytes(await numberKey(pin, salt, rounds), bytes, `number:${device}`);
  return { salt, rounds, browser, wrapped: await sealBytes(browser, inner, `browser:${device}`) };
}

/** Unwraps it; a number that is wrong gives nothing. */
export async function unwrap({ salt, rounds, browser, wrapped }, pin, device) {
  const inner = new Uint8Array(await openBytes(browser, wrapped, `browser:${device}`));
  try {
    return new Uint8Array(await openBytes(await numberKey(pin, salt, rounds), inner, `number:${device}`));
  } catch {
    return null;
  }
}

/** Why a number is not taken, as a code of the texts; null for a good one. */
export function weakness(pin, digits) {
  if (!/^\d+$/.test(pin) || pin.length < digits) return "device.pin_short";
  const steps = [...pin].slice(1).map((sign, place) => Number(sign) - Number(pin[place]));
  const plain = steps.every((step) => step === steps[0]) && Math.abs(steps[0]) <= 1;
  return plain ? "device.pin_simple" : null;
}
