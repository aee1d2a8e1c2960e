// Keys for whoever works with both hands on them: rows, forms and pages. They can be switched off, and the browser
// remembers it; everything they do has a button or link too.
(() => {
  const root = document.documentElement;
  const OFF = "keys-off", SOON = 1500;
  const stored = () => {
    try {
      return localStorage.getItem(OFF);
    } catch {
      return null;
    }
  };
  const setKeys = (isOn) => {
    root.dataset.keys = isOn ? "on" : "off";
    try {
      if (isOn) localStorage.removeItem(OFF);
      else localStorage.setItem(OFF, "1");
    } catch {
      // Not remembered: the browser keeps nothing.
    }
  };
  root.dataset.keys = stored() ? "off" : "on";

  const main = document.getElementById("main");
  if (!main) return;
  const say = (words) => {
    document.getElementById("said").textContent = words;
  };

  // Rows
  const rows = () => [...main.querySelectorAll("table.list > tbody > tr:not(.inline)")]
    .filter((line) => line.offsetParent);
  const current = () => document.activeElement?.closest?.("table.list > tbody > tr");
  const go = (line) => {
    if (!line) return;
    line.tabIndex = -1;
    line.focus();
    line.scrollIntoView({ block: "nearest" });
  };
  const move = (by) => {
    const lines = rows(), here = lines.indexOf(current());
    go(here < 0 ? lines[by > 0 ? 0 : lines.length - 1] : lines[here + by]);
  };
  const box = (line) => line?.querySelector("input[name=pick], input[name=attachment][type=checkbox]");
  let last;
  const tick = (line, isRange) => {
    const own = box(line);
    if (!own) return;
    const lines = rows(), from = lines.indexOf(last), to = lines.indexOf(line);
    const isTicked = isRange && from >= 0 ? true : !own.checked;
    const chosen = isRange && from >= 0 ? lines.slice(Math.min(from, to), Math.max(from, to) + 1) : [line];
    for (const each of chosen.map(box).filter(Boolean)) {
      each.checked = isTicked;
      each.dispatchEvent(new Event("change", { bubbles: true }));
    }
    last = line;
  };
  const name = (line) => line?.querySelector("a.name");

  // What a page or its row offers
  const append = () => {
    const field = main.querySelector(".attach .combo input");
    if (field) field.focus();
    else if (/\/records\/\d+\//.test(name(current())?.href)) location.assign(`${name(current()).href}#id_user`);
  };
  const detach = () => current()?.querySelector("[data-inline=detach]")?.click();
  const edit = () => {
    const own = current()?.dataset.recordId && name(current());
    const page = main.querySelector(".head a[href$='/edit/']");
    if (own && /\/records\/\d+\/$/.test(own.href)) location.assign(`${own.href}edit/`);
    else page?.click();
  };

  // Pages: only those that the person's bar leads to.
  const PAGES = {
    h: "/home/", r: "/", c: "/customers/", o: "/operations/", p: "/plans/", v: "/review/", m: "/monitored/", a: "/audit/",
  };
  const base = () => document.querySelector(".bar .brand")?.getAttribute("href") ?? "/";
  const lead = (key) => {
    const address = PAGES[key] && base() + PAGES[key].slice(1);
    const link = address && document.querySelector(`.bar nav a[href="${address}"]`);
    if (link) location.assign(address);
    else if (address) say("Your role does not open this page.");
  };

  // The list of keys, with their switch
  const showKeys = async () => {
    if (document.querySelector("dialog[open]")) return;
    let dialog = document.getElementById("keys");
    if (!dialog) {
      const link = document.querySelector("a[data-keys]");
      if (!link) return;
      const response = await fetch(link.href, { headers: { "HX-Request": "true" } });
      if (!response.ok) return;
      dialog = Object.assign(document.createElement("dialog"), { id: "keys", className: "palette keys-list" });
      dialog.setAttribute("aria-labelledby", "keys-head");
      dialog.innerHTML = await response.text();
      document.body.append(dialog);
    }
    readSwitch(dialog);
    dialog.showModal();
    dialog.querySelector("[data-close]").focus();
  };
  const readSwitch = (within) => {
    for (const each of within.querySelectorAll("[data-keys-switch]")) {
      each.closest("label").hidden = false;
      each.checked = root.dataset.keys !== "off";
    }
  };
  readSwitch(main);
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-keys-switch]")) setKeys(event.target.checked);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("a[data-keys]") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      showKeys();
    }
    const dialog = document.getElementById("keys");
    if (dialog && (event.target === dialog || event.target.closest("#keys [data-close]"))) dialog.close();
  });

  const ACTS = {
    j: () => move(1), k: () => move(-1), x: () => tick(current(), false), X: () => tick(current(), true),
    a: append, d: detach, e: edit, o: () => name(current())?.click(), "?": showKeys,
  };
  let goes = 0;
  const isTyping = (element) =>
    element?.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (root.dataset.keys === "off" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const isGoing = Date.now() - goes < SOON;
    goes = event.key === "g" && !isGoing ? Date.now() : 0;
    const act = isGoing ? () => lead(event.key) : ACTS[event.key];
    if (event.key === "Enter" && event.target.matches("tr")) name(event.target)?.click();
    if (!act || event.key === "g") return;
    event.preventDefault();
    act();
  });

  // An address that ends with a field's name leads into it.
  const field = document.getElementById(location.hash.slice(1));
  if (field?.matches("input")) field.focus();

  // Copy buttons
  const showCopies = () => {
    for (const button of document.querySelectorAll("[data-copies][hidden]")) button.hidden = !navigator.clipboard;
  };
  showCopies();
  document.addEventListener("placed", showCopies);
  document.addEventListener("htmx:afterSettle", showCopies);
  const textOf = (button) => {
    if (button.dataset.copies === "call") return button.parentElement.querySelector("pre").textContent;
    return "link" in button.dataset ? new URL(button.dataset.copies, location.href).href : button.dataset.copies;
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copies]");
    if (!button) return;
    await navigator.clipboard.writeText(textOf(button));
    button.dataset.done = "";
    setTimeout(() => delete button.dataset.done, 2000);
    say("Copied.");
  });
})();
