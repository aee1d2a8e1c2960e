// Keeps the times on the page fresh and in the reader's own zone; without it they stay as the server wrote them.
(() => {
  const day = (moment, now) => moment.toLocaleDateString("en-GB", {
    day: "numeric", month: "short", ...(moment.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }),
  });
  const hour = (moment) => moment.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const midnight = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());

  const span = (seconds) => {
    if (seconds < 45) return "under a minute";
    if (seconds < 90) return "1 min";
    if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
    if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
    return `${Math.round(seconds / 86400)} days`;
  };

  const ago = (moment, now) => {
    const seconds = (now - moment) / 1000;
    if (seconds < 45) return "just now";
    if (seconds < 86400) return `${span(seconds)} ago`;
    const days = Math.round((midnight(now) - midnight(moment)) / 86400000);
    if (days <= 1) return "yesterday";
    return days < 7 ? `${days} days ago` : day(moment, now);
  };

  const clock = (moment, now) =>
    midnight(moment).getTime() === midnight(now).getTime() ? hour(moment) : `${day(moment, now)}, ${hour(moment)}`;

  const refresh = (root) => {
    const now = new Date();
    for (const time of root.querySelectorAll("time[datetime]")) {
      const moment = new Date(time.dateTime);
      if (Number.isNaN(moment.getTime())) continue;
      const text = "ago" in time.dataset ? ago(moment, now)
        : "age" in time.dataset ? span((now - moment) / 1000)
        : "exact" in time.dataset ? moment.toLocaleTimeString("en-GB")
        : clock(moment, now);
      if (time.textContent !== text) time.textContent = text;
      time.title = moment.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "long" });
    }
  };

  refresh(document);
  setInterval(() => refresh(document), 15000);
  document.addEventListener("htmx:afterSettle", () => refresh(document));
})();
