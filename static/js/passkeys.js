// Forms that a passkey fills in: they stay hidden where the browser knows none. `data-passkey` is "get" or "create";
// the options stand in the element that `data-passkey-options` names, or are asked for where the form leads.
(() => {
  const Passkeys = window.PublicKeyCredential;
  if (!Passkeys?.parseRequestOptionsFromJSON) return;

  const options = async (form) => {
    const element = document.getElementById(form.dataset.passkeyOptions ?? "");
    if (element) return JSON.parse(element.textContent);
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return (await answer.json()).request_options;
  };

  const get = async (form) =>
    navigator.credentials.get({ publicKey: Passkeys.parseRequestOptionsFromJSON((await options(form)).publicKey) });

  const create = async (form) => {
    const { publicKey } = await options(form);
    const isAlone = form.elements.passwordless?.checked ?? false;
    publicKey.authenticatorSelection = {
      ...publicKey.authenticatorSelection,
      residentKey: isAlone ? "required" : "discouraged",
      requireResidentKey: isAlone,
      ...(isAlone && { userVerification: "required" }),
    };
    return navigator.credentials.create({ publicKey: Passkeys.parseCreationOptionsFromJSON(publicKey) });
  };

  const tell = (form, error) => {
    const problem = form.querySelector("[data-passkey-problem]");
    problem.textContent = error.name === "InvalidStateError"
      ? "This device has a passkey of yours already."
      : "No passkey was used. Try again, or choose another way.";
    problem.hidden = false;
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        const credential = await (form.dataset.passkey === "create" ? create : get)(form);
        form.elements.credential.value = JSON.stringify(credential.toJSON());
        form.submit();
      } catch (error) {
        tell(form, error);
      }
    });
  }
  for (const element of document.querySelectorAll("[data-passkey-missing]")) element.hidden = true;
})();
