// "/" and Ctrl-K open the palette: a combobox over everything, with what was opened before first. Without it the bar's
// search box is a plain form.
(() => {
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const input = dialog.querySelector("input");
  const list = document.getElementById("found");
  const step = document.getElementById("palette-step");
  const options = () => [...list.querySelectorAll("[role=option]")];
  const selected = () => list.querySelector("[aria-selected=true]");
  let attach = "", asking = new AbortController(), timer;

  // What was opened before, of this person in this browser.
  const KEY = `recent-${dialog.dataset.person}`, KEPT = 30, SHOWN = 6;
  const recent = () => {
    try {
      return JSON.parse(localStorage.getItem(KEY)) ?? [];
    } catch {
      return [];
    }
  };
  const remember = (href, label) => {
    const others = recent().filter((each) => each.href !== href);
    try {
      localStorage.setItem(KEY, JSON.stringify([{ href, label }, ...others].slice(0, KEPT)));
    } catch {
      // A browser that keeps nothing has no recent ones.
    }
  };
  const heading = document.querySelector("main h1");
  if (/^(record|customer)-/.test(document.getElementById("main").dataset.on) && heading) {
    remember(location.pathname, heading.textContent.trim());
  }

  const part = (name, text) => Object.assign(document.createElement("div"), { className: name, textContent: text });
  const option = ({ href, label }, number) => {
    const line = part("", "");
    line.id = `option-recent-${number}`;
    line.setAttribute("role", "option");
    line.setAttribute("aria-selected", "false");
    line.dataset.href = href;
    line.append(part("what", label));
    return line;
  };
  const recentGroup = () => {
    const lines = recent().filter((each) => each.href !== location.pathname).slice(0, SHOWN).map(option);
    if (!lines.length) return "";
    const group = part("", "");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Recent");
    group.append(part("of", "Recent"), ...lines);
    return group;
  };
  // Among those of one rank what was opened last comes first.
  const sortByRecency = () => {
    const places = new Map(recent().map((each, place) => [each.href, place]));
    const place = (line) => Number(line.dataset.rank) * 1000 + (places.get(line.dataset.href) ?? 999);
    for (const group of list.querySelectorAll("[role=group]:not([aria-labelledby=group-actions])")) {
      const lines = [...group.querySelectorAll("[role=option][data-rank]")];
      group.append(...lines.sort((one, other) => place(one) - place(other)));
    }
  };

  const select = (line) => {
    for (const each of options()) each.setAttribute("aria-selected", String(each === line));
    if (line) {
      input.setAttribute("aria-activedescendant", line.id);
      line.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };
  const move = (by) => {
    const lines = options();
    if (lines.length) select(lines[(lines.indexOf(selected()) + by + lines.length) % lines.length]);
  };

  const ask = async () => {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const asked = new URLSearchParams({ q: input.value, ...(attach && { attach }) });
    list.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(`${dialog.dataset.options}?${asked}`, { headers: { "HX-Request": "true" }, signal });
      if (response.redirected) location.reload();
      else if (response.ok) show(await response.text());
    } catch (error) {
      if (error.name !== "AbortError") show("<p class=none>The desk does not answer. Try again.</p>");
    }
  };
  const show = (html) => {
    list.removeAttribute("aria-busy");
    list.innerHTML = html;
    if (input.value.trim()) sortByRecency();
    else if (!attach) list.prepend(recentGroup());
    const count = options().length;
    document.getElementById("found-count").textContent = count === 1 ? "1 result" : `${count} results`;
    select(options()[0]);
    // Enter was pressed before the answer had come.
    if (dialog.dataset.hurry) choose(selected(), dialog.dataset.hurry === "tab");
  };

  const choose = (line, inNewTab) => {
    delete dialog.dataset.hurry;
    if (!line) return;
    const { href, post } = line.dataset;
    if (line.dataset.attach) begin(line.dataset.attach);
    else if (post) append(post);
    else {
      remember(href.split("#")[0], line.querySelector(".what").textContent.trim());
      if (inNewTab) window.open(href, "_blank", "noopener");
      else open(href);
    }
  };
  const open = (href) => {
    const isHere = href.split("#")[0] === location.pathname && href.includes("#");
    dialog.close();
    location.assign(href);
    if (isHere) document.getElementById(href.split("#")[1])?.focus();
  };
  // Attaching is two steps: whom, then where to.
  const begin = (username) => {
    attach = username;
    step.hidden = !username;
    step.textContent = username && `Attach ${username} to`;
    input.value = "";
    input.setAttribute("aria-label", username ? `Record to attach ${username} to` : "Find or do anything");
    ask();
  };
  const append = (path) => {
    const form = Object.assign(document.createElement("form"), { method: "post", action: path, hidden: true });
    const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
    for (const [name, value] of [["csrfmiddlewaretoken", token], ["user", attach]]) {
      form.append(Object.assign(document.createElement("input"), { name, value }));
    }
    document.body.append(form);
    form.submit();
  };

  const openWith = (text) => {
    if (dialog.open) return;
    dialog.showModal();
    attach = "";
    begin("");
    input.value = text;
    input.focus();
    if (text) ask();
  };
  const later = () => {
    clearTimeout(timer);
    select(null);
    list.setAttribute("aria-busy", "true");
    timer = setTimeout(ask, 100);
  };

  input.addEventListener("input", later);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      const inNewTab = event.ctrlKey || event.metaKey;
      if (list.hasAttribute("aria-busy")) dialog.dataset.hurry = inNewTab ? "tab" : "here";
      else choose(selected(), inNewTab);
    } else if (event.key === "Backspace" && !input.value && attach) begin("");
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // Keeps the field's focus.
  list.addEventListener("click", (event) =>
    choose(event.target.closest("[role=option]"), event.ctrlKey || event.metaKey));
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
  });

  const box = document.getElementById("find");
  box?.addEventListener("click", () => openWith(box.value));
  box?.addEventListener("input", () => {
    openWith(box.value);
    box.value = "";
  });
  const isTyping = (element) => element?.closest("input:not([type=checkbox], [type=radio]), textarea, select");
  document.addEventListener("keydown", (event) => {
    const isChord = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey;
    const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey
      && !isTyping(event.target) && document.documentElement.dataset.keys !== "off";
    if (!isChord && !isSlash) return;
    event.preventDefault();
    openWith("");
  });
})();
