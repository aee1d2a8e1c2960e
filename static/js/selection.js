// Ticked rows: the head's box for all of a page, how many are ticked, Copy names, Clear. Without it the bar is a plain form.
(() => {
  const boxes = () => [...document.querySelectorAll("input[name=pick]")];
  const ticked = () => boxes().filter((box) => box.checked);

  const show = () => {
    const bar = document.querySelector("[data-picked]");
    if (!bar) return;
    const all = bar.querySelector("input[name=all]");
    const head = document.querySelector("input[data-all]");
    const count = ticked().length;
    bar.classList.toggle("idle", !count && !all.checked);
    bar.querySelector("[data-count]").textContent = all.checked ? "Selected" : `${count} selected`;
    for (const button of bar.querySelectorAll("[data-clear], [data-copy]")) button.hidden = false;
    if (head) {
      head.hidden = false;
      head.checked = count > 0 && count === boxes().length;
      head.indeterminate = count > 0 && !head.checked;
    }
  };

  const clear = () => {
    for (const box of boxes()) box.checked = false;
    document.querySelector("[data-picked] input[name=all]").checked = false;
    show();
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches("input[data-all]")) {
      for (const box of boxes()) box.checked = event.target.checked;
    }
    if (event.target.matches("input[data-all], input[name=pick], [data-picked] input[name=all]")) show();
  });
  document.addEventListener("click", async (event) => {
    if (event.target.closest("[data-clear]")) clear();
    const copy = event.target.closest("[data-copy]");
    if (!copy) return;
    await navigator.clipboard.writeText(ticked().map((box) => box.value).join("\n"));
    copy.lastChild.textContent = "Copied";
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && ticked().length) clear();
  });
  document.addEventListener("htmx:afterSettle", show);
  window.addEventListener("pageshow", show);
  show();
})();

// Many names pasted where one is asked for: they go as `names`, and the desk answers with the preview of a plan.
document.addEventListener("paste", (event) => {
  const field = event.target.closest?.("form[data-many] input[name=user]");
  const text = event.clipboardData?.getData("text") ?? "";
  if (!field || !/\S\s*[\n;,]\s*\S/.test(text)) return;
  event.preventDefault();
  const names = document.createElement("input");
  Object.assign(names, { type: "hidden", name: "names", value: text });
  field.form.append(names);
  field.required = false;
  field.form.requestSubmit();
});
