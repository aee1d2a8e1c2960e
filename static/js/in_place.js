// Keeps a page where it is: forms and links of its rows are answered with the pieces that changed, and one request
// asks after all operations that are under way. Without it each form loads a page.
(() => {
  const main = document.getElementById("main");
  const place = () => main?.dataset.on;
  const row = (element) => element?.closest("tr");

  // Pieces: <template data-swap="how:where" data-unless="selector">.
  const isElsewhere = (selector) => selector && document.querySelector(selector);
  const put = (piece) => {
    const [, how, where] = piece.dataset.swap.match(/^(\w+):(.*)$/s);
    if (isElsewhere(piece.dataset.unless)) return;
    for (const target of document.querySelectorAll(where)) {
      const box = target.querySelector("input[name=pick]");
      const isTicked = box?.checked;
      const { id } = target;
      htmx.swap(target, piece.innerHTML.trim(), { swapStyle: how });
      if (isTicked) tick(document.getElementById(id));
    }
  };
  const tick = (line) => {
    const box = line?.querySelector("input[name=pick]");
    if (box) box.checked = true;
  };
  const takeIn = (html) => {
    const answer = document.createElement("template");
    answer.innerHTML = html;
    const pieces = [...answer.content.querySelectorAll("template[data-swap]")];
    keepingFocus(() => pieces.forEach(put));
    document.dispatchEvent(new Event("placed"));
    return pieces.length;
  };

  // A row that is taken away or drawn anew must not take the focus with it.
  const neighbour = (line) => {
    const others = (step) => {
      let other = line[step];
      while (other && other.matches(".inline")) other = other[step];
      return other;
    };
    return others("nextElementSibling") ?? others("previousElementSibling");
  };
  const focusOn = (element) => {
    if (!element) return;
    if (element.matches("tr, h2, form") && !element.hasAttribute("tabindex")) element.tabIndex = -1;
    element.focus();
  };
  const fallback = () => main.querySelector(".attach input[type=text]") ?? main.querySelector("h2");
  const keepingFocus = (change) => {
    const line = row(document.activeElement);
    const next = line && neighbour(line);
    const id = line?.id;
    change();
    if (!line || line.isConnected) return;
    focusOn((id && document.getElementById(id)) ?? (next?.isConnected ? next : fallback()));
  };

  // Sending a form.
  const uuid = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };
  const renewTokens = (form) => {
    for (const token of form.querySelectorAll("input[name=token], input[name=page_token]")) token.value = uuid();
  };
  const values = (form, button) => {
    const sent = new FormData(form);
    if (button?.name) sent.append(button.name, button.value);
    sent.append("on", place());
    return sent;
  };
  const send = async (form, button) => {
    if (button?.getAttribute("aria-busy") === "true") return;
    const sent = values(form, button);
    const line = form.matches(".here") ? row(form)?.previousElementSibling : row(button);
    const next = line && neighbour(line);
    const isTyped = form.matches(".attach");
    const rest = isTyped ? clearTyped(form) : setBusy(button);
    const path = button?.getAttribute("formaction") ?? form.getAttribute("action");
    const isDone = await inTurn(form, () => post(form, path, sent));
    rest?.();
    hasNews();
    if (isDone) {
      keepNotice();
      close(form);
      if (line) focusOn(next?.isConnected ? next : fallback());
    } else if (isTyped) giveBack(form, sent);
  };
  // Says what it is doing until the answer has come; returns what ends that.
  const setBusy = (button) => {
    if (!button?.dataset.busy) return null;
    const label = button.innerHTML;
    button.setAttribute("aria-busy", "true");
    button.lastChild.textContent = button.dataset.busy;
    return () => {
      button.removeAttribute("aria-busy");
      button.innerHTML = label;
    };
  };
  // A reload shows what was done last.
  const keepNotice = () => {
    const { operation } = document.getElementById("notice")?.dataset ?? {};
    if (!operation) return;
    const address = new URL(location.href);
    address.searchParams.set("operation", operation);
    history.replaceState(history.state, "", address);
  };
  // What is typed fast is sent one after the other, in its order.
  const turns = new WeakMap();
  const inTurn = (form, act) => {
    const turn = (turns.get(form) ?? Promise.resolve()).then(act);
    turns.set(form, turn);
    return turn;
  };

  const HEADERS = () => ({ "HX-Request": "true", "HX-Current-URL": location.href });
  const post = async (form, path, sent) => {
    const response = await fetch(path, { method: "POST", body: sent, headers: HEADERS() }).catch(() => null);
    if (!response) {
      sendAsPage(form, path, sent);
      return false;
    }
    renewTokens(form); // also after a refusal: what is sent next is another try
    const address = response.headers.get("HX-Redirect") ?? (response.redirected ? response.url : "");
    const html = await response.text();
    if (address) location.assign(address);
    else if (response.status === 422 && !takeIn(html)) htmx.swap(form, html, { swapStyle: "outerHTML" });
    else if (response.ok) takeIn(html);
    else if (response.status !== 422) showPage(html);
    return response.ok && !address;
  };
  // The browser says best that nobody answers. With its token it is still one operation.
  const sendAsPage = (form, path, sent) => {
    const page = document.createElement("form");
    Object.assign(page, { method: "post", action: path, hidden: true });
    sent.delete("on");
    for (const [name, value] of sent) page.append(Object.assign(document.createElement("input"), { name, value }));
    document.body.append(page);
    page.submit();
  };
  const showPage = (html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    main.replaceChildren(...page.getElementById("main").childNodes);
    main.focus();
  };

  // Appending: the field is free again at once, for the next name.
  const typed = (form) => form.querySelector(".combo input");
  const clearTyped = (form) => {
    const field = typed(form);
    field.value = "";
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
    renewTokens(form);
  };
  const giveBack = (form, sent) => {
    const field = typed(form);
    if (!field.value && !document.querySelector("#problems [data-elsewhere]")) {
      field.value = sent.get(field.name);
      field.select();
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !place()) return;
    if (form.matches("[data-in-place]") && !form.querySelector("[name=names]")) {
      event.preventDefault();
      send(form, event.submitter);
    } else if (form.matches("form[data-inline]")) {
      event.preventDefault();
      const path = event.submitter?.getAttribute("formaction") ?? form.getAttribute("action");
      openBelow(form, `${path}?${new URLSearchParams(new FormData(form))}`, event.submitter);
    }
  });

  // Small forms below a row: they come when they are asked for, and go with Escape.
  const close = (form) => {
    const problem = form.closest(".problem");
    if (problem) problem.remove();
    if (!form.matches(".here")) return;
    (form.closest("tr.inline") ?? form).remove();
    if (isBehind) htmx.trigger(document.body, "listed");
    isBehind = false;
  };
  // A new list must not take away what somebody is typing; the page is fetched anew once that is done.
  let isBehind = false;
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.id !== "live" || !document.querySelector(".here")) return;
    event.preventDefault();
    isBehind = true;
  });
  const openBelow = async (element, address, opener) => {
    const response = await fetch(`${address}&on=${place()}`, { headers: HEADERS() });
    if (!response.ok || response.redirected) {
      location.assign(address);
      return;
    }
    document.querySelectorAll(".here").forEach(close);
    const line = row(element);
    const holder = line ? lineBelow(line) : holderAfter(element);
    htmx.swap(holder, await response.text(), { swapStyle: "innerHTML" });
    const form = holder.querySelector("form");
    form.opener = opener;
    form.querySelector("input[name=reason]").focus();
  };
  // A column that is empty on every row is not shown.
  const seen = (line) => [...line.cells].filter((cell) => cell.offsetParent).length;
  const lineBelow = (line) => {
    const below = document.createElement("tr");
    below.className = "inline";
    below.append(Object.assign(document.createElement("td"), { colSpan: seen(line) }));
    line.after(below);
    return below.firstChild;
  };
  const holderAfter = (element) => {
    const holder = document.createElement("div");
    element.after(holder);
    return holder;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-inline]");
    if (link && place() && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      openBelow(link, link.getAttribute("href"), link);
    }
    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) leave(dismiss.form);
  });
  const leave = (form) => {
    const { opener } = form;
    close(form);
    focusOn(opener?.isConnected ? opener : fallback());
  };
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.(".here, .problem");
    if (event.key === "Escape" && form) {
      event.preventDefault();
      leave(form);
    }
  });

  // One request for all that is under way, at longer and longer intervals.
  const FIRST_WAIT = 800, SHORT_WAIT = 1500, LONGEST_WAIT = 60000, SOON = 15000, AT_MOST = 100;
  let wait = FIRST_WAIT, newsAt = 0, lastQuestion = "", timer;
  const longer = () => Math.min(wait * 1.5, Date.now() - newsAt < SOON ? SHORT_WAIT : LONGEST_WAIT);
  const question = () => {
    const open = document.querySelectorAll("a.chip[data-open]");
    const ids = new Set([...open].map((chip) => `${chip.dataset.operation}.${chip.dataset.open}`));
    const asked = new URLSearchParams();
    if (ids.size) asked.set("ids", [...ids].slice(0, AT_MOST).join(","));
    const notice = document.getElementById("notice");
    if (notice?.dataset.notice) asked.set("notice", `${notice.dataset.operation}.${notice.dataset.notice}`);
    if (notice?.dataset.undoing) asked.set("undoing", notice.dataset.undoing);
    if (asked.size && place()) asked.set("on", place());
    return asked;
  };
  const look = async () => {
    clearTimeout(timer);
    const asked = question();
    lastQuestion = asked.toString();
    if (!asked.size) return;
    if (document.visibilityState !== "hidden") {
      if (await hasChanged(asked)) begin();
      else wait = longer();
    }
    clearTimeout(timer);
    timer = setTimeout(look, wait);
  };
  const hasChanged = async (asked) => {
    try {
      const response = await fetch(`${main.dataset.states}?${asked}`, {
        headers: { ...HEADERS(), "X-Background": "yes" }, // nobody is there just because a page is open
      });
      if (response.status !== 200 || response.redirected) return false;
      takeIn(await response.text());
      if (response.headers.get("HX-Trigger")) htmx.trigger(document.body, "settled");
      return true;
    } catch {
      return false; // The next one may get through.
    }
  };
  const begin = () => {
    wait = FIRST_WAIT;
    newsAt = Date.now();
  };
  const hasNews = () => {
    begin();
    clearTimeout(timer);
    timer = setTimeout(look, wait);
  };

  if (!main) return;
  hasNews();
  // What a page begins with is not read out by itself.
  const notice = document.querySelector("#notice p");
  if (notice) setTimeout(() => (document.getElementById("said").textContent = notice.textContent), 500);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" || hasNews());
  // A part of the page that was fetched anew may show others.
  document.addEventListener("htmx:afterSettle", () => question().toString() === lastQuestion || hasNews());
})();
