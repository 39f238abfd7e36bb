// Passkeys (W3C Web Authentication): asks the browser, puts its answer into the form and sends the form. Why the browser
// cannot, or did not, is told beside the button.
const decoded = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const encoded = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

// What browsers before 2025 do not do themselves: bytes out of their written form, and back.
const keys = (list) => list?.map((key) => ({ ...key, id: decoded(key.id) }));
const parse = (making, options) => {
  const own = making ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
  if (PublicKeyCredential[own]) return PublicKeyCredential[own](options);
  const parsed = { ...options, challenge: decoded(options.challenge) };
  if (making) parsed.user = { ...options.user, id: decoded(options.user.id) };
  if (options.excludeCredentials) parsed.excludeCredentials = keys(options.excludeCredentials);
  if (options.allowCredentials) parsed.allowCredentials = keys(options.allowCredentials);
  return parsed;
};
const written = (credential) => {
  if (credential.toJSON) return credential.toJSON();
  const { clientDataJSON, attestationObject, authenticatorData, signature, userHandle } = credential.response;
  const response = { clientDataJSON, attestationObject, authenticatorData, signature, userHandle };
  for (const [name, value] of Object.entries(response)) {
    if (value) response[name] = encoded(value);
    else delete response[name];
  }
  const id = encoded(credential.rawId);
  return { id, rawId: id, type: credential.type, response, clientExtensionResults: {} };
};

const reasons = {
  NotAllowedError: "cancelled",
  AbortError: "cancelled",
  InvalidStateError: "known",
  SecurityError: "address",
  NotSupportedError: "unsupported",
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const making = form.dataset.passkey === "create";
  const options = JSON.parse(form.dataset.options);
  const button = form.querySelector("[type=submit]");
  const tell = (reason) => {
    for (const told of form.querySelectorAll("[data-told]")) told.hidden = told.dataset.told !== reason;
  };
  if (location.origin !== form.dataset.origin) {
    tell("address");
    continue;
  }
  if (!window.PublicKeyCredential) {
    tell("unsupported");
    continue;
  }
  button.disabled = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    tell("");
    if (performance.now() > options.timeout) return tell("late");
    button.disabled = true;
    try {
      const asked = { publicKey: parse(making, options) };
      const credential = await (making ? navigator.credentials.create(asked) : navigator.credentials.get(asked));
      form.elements.passkey.value = JSON.stringify(written(credential));
      form.submit();
    } catch (error) {
      tell(reasons[error.name] ?? "failed");
      button.disabled = false;
    }
  });
}
// A page that comes back from the browser's memory asks a question that was answered.
window.addEventListener("pageshow", (event) => event.persisted && document.querySelector("form[data-passkey]") && location.reload());
