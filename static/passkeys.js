// Passkeys: asks the portal what to sign, the device to sign it, and sends the answer in the form. The
// forms stay away where this does not run.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const listed = (credentials) => (credentials ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

const asked = (kind, { publicKey }) => kind === "create"
  ? {
    ...publicKey,
    challenge: bytes(publicKey.challenge),
    user: { ...publicKey.user, id: bytes(publicKey.user.id) },
    excludeCredentials: listed(publicKey.excludeCredentials),
  }
  : { ...publicKey, challenge: bytes(publicKey.challenge), allowCredentials: listed(publicKey.allowCredentials) };

const answered = ({ id, rawId, type, response, getClientExtensionResults }, credential) => JSON.stringify({
  id,
  rawId: text(rawId),
  type,
  extensions: getClientExtensionResults.call(credential),
  response: Object.fromEntries(["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]
    .filter((part) => response[part])
    .map((part) => [part, text(response[part])])),
});

const reasons = {
  NotAllowedError: "The passkey was not used. Try again, or go on another way.",
  InvalidStateError: "This device holds a passkey of this account already.",
};

for (const form of document.querySelectorAll("[data-passkey]")) {
  const near = (mark) => form.parentElement.querySelector(`[data-passkey-${mark}]`);
  if (!window.PublicKeyCredential) {
    near("unable").hidden = false;
    continue;
  }
  if (location.origin !== form.dataset.origin) {
    near("elsewhere").hidden = false;
    continue;
  }
  form.hidden = false;
  const error = near("error");
  const say = (message) => {
    error.textContent = message;
    error.hidden = !message;
  };
  let busy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    say("");
    try {
      const response = await fetch(form.dataset.challenge, { method: "POST" });
      // Where something has to be confirmed first, that page comes instead.
      if (response.redirected) {
        location.assign(response.url);
        return;
      }
      if (!response.ok || !response.headers.get("content-type")?.startsWith("application/json")) {
        say("The portal could not ask for a passkey. Load the page again, then try once more.");
        return;
      }
      const kind = form.dataset.passkey;
      const publicKey = asked(kind, await response.json());
      const credential = await navigator.credentials[kind]({ publicKey });
      form.elements.credential.value = answered(credential, credential);
      form.submit();
    } catch (problem) {
      say(reasons[problem.name] ?? "The passkey could not be used. Try again, or go on another way.");
    } finally {
      busy = false;
    }
  });
}
