// A button that can help only later counts down, and is there when its time has come. Seconds are counted from when
// the server wrote them: clocks differ.
(() => {
  const began = new WeakMap();

  const count = () => {
    for (const button of document.querySelectorAll("button[data-wait]")) {
      if (!began.has(button)) began.set(button, performance.now());
      const left = Math.ceil(Number(button.dataset.wait) - (performance.now() - began.get(button)) / 1000);
      const words = left > 0 ? `Check in ${left} s` : "Check now";
      if (button.lastElementChild.textContent !== words) button.lastElementChild.textContent = words;
      if (left > 0) continue;
      button.disabled = false;
      button.removeAttribute("title");
      delete button.dataset.wait;
    }
  };

  count();
  setInterval(count, 1000);
  document.addEventListener("htmx:afterSettle", count);
})();
