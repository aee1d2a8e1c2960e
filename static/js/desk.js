// A pressed button shows that it is busy, the API call is previewed while somebody
// types, and a hidden page does not poll.
(() => {
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.account[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.account[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.dataset.busy || event.defaultPrevented) return;
    if (button.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      return;
    }
    button.setAttribute("aria-busy", "true");
    button.dataset.label = button.innerHTML;
    button.lastChild.textContent = button.dataset.busy;
  });
  // After Back the browser may show the page with its button still busy.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const button of document.querySelectorAll("[aria-busy=true]")) {
      button.removeAttribute("aria-busy");
      button.innerHTML = button.dataset.label;
    }
  });

  let previewTimer;
  const previewCall = (form) => {
    const call = form.querySelector("details.call[open] > pre");
    if (call) htmx.trigger(call, "preview");
  };
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => {
      const form = event.target.closest("form[data-task]");
      if (!form) return;
      clearTimeout(previewTimer);
      previewTimer = setTimeout(() => previewCall(form), 250);
    });
  }
  document.addEventListener("toggle", (event) => {
    const form = event.target.closest?.("form[data-task]");
    if (form && event.target.open) previewCall(form);
  }, true);

  const isHidden = () => document.visibilityState === "hidden";
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isHidden() && event.detail.elt.matches("[hx-trigger*='every']")) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    const chip = document.getElementById("freshness");
    if (chip && !isHidden()) htmx.trigger(chip, "seen");
  });
})();
