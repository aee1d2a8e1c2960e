// A pressed button shows that it is busy, the API call is previewed while somebody
// types, and a hidden page does not poll.
(() => {
  // Where the tabs do not fit, the current one is in sight.
  const tabs = document.querySelector(".tabs"), current = tabs?.querySelector("[aria-current]");
  if (current) tabs.scrollLeft = current.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - current.offsetWidth) / 2;

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
  // The call stands at the form's foot, or at that of the sheet, with the form's id.
  const previewCall = (form) => {
    const calls = `details.call[open][data-of="${form.id}"] > pre`;
    const call = form.querySelector("details.call[open] > pre") ?? (form.id && document.querySelector(calls));
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
    const of = event.target.dataset?.of;
    const form = of ? document.getElementById(of) : event.target.closest?.("form[data-task]");
    if (form?.dataset.task && event.target.open) previewCall(form);
  }, true);

  // A choice of columns shows at once, and is sent to be remembered.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-columns]");
    const table = form && document.querySelector("#sheet table.list");
    if (!table) return;
    for (const box of form.querySelectorAll("[name=column]")) table.classList.toggle(`no-${box.value}`, !box.checked);
    table.classList.toggle("tight", form.elements.density.value === "tight");
    fetch(form.action, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" } });
  });

  // After typing narrowed a list, its new count is said; a page that only refreshed itself says nothing.
  document.addEventListener("htmx:afterSettle", (event) => {
    const search = event.detail?.requestConfig?.elt;
    if (!search?.matches?.("form[role=search]")) return;
    const found = document.querySelector("#sheet .foot span, #sheet .empty h2");
    document.getElementById("said").textContent = found?.textContent.trim().replace(/\s+/g, " ") ?? "";
  });

  document.addEventListener("input", (event) => {
    const warning = event.target.form?.querySelector("[data-every]");
    if (warning && /^(new_)?frequency$/.test(event.target.name)) warning.hidden = event.target.value.trim() !== "1";
  });

  const isHidden = () => document.visibilityState === "hidden";
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isHidden() && event.detail.elt.matches("[hx-trigger*='every']")) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    const chip = document.getElementById("freshness");
    if (chip && !isHidden()) htmx.trigger(chip, "seen");
  });
})();
