// A combobox over a list that htmx fills, used with arrows, Enter and Escape. Without scripts it is a plain field.
(() => {
  const optionsOf = (list) => [...list.querySelectorAll("[role=option]")];

  const open = (input, list, isOpen) => {
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) {
      input.removeAttribute("aria-activedescendant");
      for (const option of optionsOf(list)) option.setAttribute("aria-selected", "false");
    }
  };

  const select = (input, list, step) => {
    const options = optionsOf(list);
    if (!options.length) return;
    const current = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const next = options[(current + step + options.length + (current < 0 && step < 0 ? 1 : 0)) % options.length];
    for (const option of options) option.setAttribute("aria-selected", String(option === next));
    input.setAttribute("aria-activedescendant", next.id);
    next.scrollIntoView({ block: "nearest" });
  };

  const pick = (input, list, option) => {
    input.value = option.dataset.value;
    open(input, list, false);
    input.dispatchEvent(new Event("change", { bubbles: true }));
    input.focus();
  };

  const onKey = (event, input, list) => {
    const selected = list.querySelector("[aria-selected=true]");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden && optionsOf(list).length) open(input, list, true);
      select(input, list, event.key === "ArrowDown" ? 1 : -1);
      event.preventDefault();
    } else if (event.key === "Enter" && !list.hidden && selected) {
      pick(input, list, selected);
      event.preventDefault();
    } else if (event.key === "Escape" && !list.hidden) {
      open(input, list, false);
      event.preventDefault();
    }
  };

  for (const list of document.querySelectorAll("[data-typeahead]")) {
    const input = document.getElementById(list.dataset.typeahead);
    if (!input) continue;
    for (const [name, value] of [
      ["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id],
    ]) input.setAttribute(name, value);
    input.addEventListener("keydown", (event) => onKey(event, input, list));
    input.addEventListener("blur", () => open(input, list, false));
    list.addEventListener("mousedown", (event) => {
      const option = event.target.closest("[role=option]");
      event.preventDefault(); // Keeps the field's focus, and with it the list.
      if (option) pick(input, list, option);
    });
    // An answer to what is no longer typed, as after sending, opens nothing.
    list.addEventListener("htmx:afterSwap", (event) => {
      const isAsked = event.detail.requestConfig.parameters[input.name] === input.value;
      open(input, list, isAsked && document.activeElement === input && optionsOf(list).length > 0);
    });
  }
})();
