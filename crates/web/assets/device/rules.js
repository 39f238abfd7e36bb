// The rules of the server, compiled for the phone (crates/device): a question and its answer are JSON.
const coder = new TextEncoder();
const reader = new TextDecoder();

let loading;
const load = async () => {
  const answer = await fetch("/assets/device/rules.wasm");
  const { instance } = await WebAssembly.instantiate(await answer.arrayBuffer());
  return instance.exports;
};

async function ask(question) {
  loading ??= load();
  const { memory, room, ask: answerIt, place } = await loading.catch((fault) => {
    loading = undefined;
    throw fault;
  });
  const bytes = coder.encode(JSON.stringify(question));
  const at = room(bytes.length);
  if (!at) throw new Error("the question is too long");
  new Uint8Array(memory.buffer, at, bytes.length).set(bytes);
  const length = answerIt(bytes.length);
  const told = JSON.parse(reader.decode(new Uint8Array(memory.buffer, place(), length)));
  if (told.error) throw new Error(told.error);
  return told;
}

/** What fits and what does not in a record, its class and the latest day of the next visit. */
export const lookAt = (visit, lastClass, today) => ask({ ask: "visit", visit, before: { class: lastClass ?? null }, today });

/** What fits and what does not in a session; `known` tells where people are known to have been. */
export const lookAtSession = (session, known, { limits, fields }, now) => ask({ ask: "session", session, known, limits, fields, now });

/** What comes out where two people wrote apart. */
export const merge = (base, mine, theirs) => ask({ ask: "merge", base, mine, theirs });
