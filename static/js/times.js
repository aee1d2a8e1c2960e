// Keeps the times on the page fresh, in the zone that the page is written in; without it they stay as they were written.
// monitors/wording/times.py writes the same words by the same limits.
(() => {
  const HOUR = 3600, WEEK_HOURS = 168;
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: document.documentElement.dataset.zone || "UTC",
    year: "numeric", month: "numeric", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  });

  const local = (date) => {
    const parts = Object.fromEntries(format.formatToParts(date).map((part) => [part.type, part.value]));
    const number = Date.UTC(parts.year, parts.month - 1, parts.day) / 86400000;
    return { ...parts, number, time: `${parts.hour}:${parts.minute}` };
  };
  const day = (at, now) =>
    [Number(at.day), MONTHS[at.month - 1], ...(at.year === now.year ? [] : [at.year])].join(" ");
  const span = (seconds) => {
    if (seconds < 44.5) return "under a minute";
    const minutes = Math.round(seconds / 60), hours = Math.round(seconds / HOUR), days = Math.round(seconds / HOUR / 24);
    if (minutes < 60) return `${minutes} min`;
    if (hours < 24) return `${hours} h`;
    return days === 1 ? "1 day" : `${days} days`;
  };

  // `passed` is in seconds, less than none for what is ahead; `zone` is the label that the server wrote.
  const words = {
    ago: ({ passed, date, now }) => {
      if (passed / HOUR >= WEEK_HOURS) return day(local(date), local(now));
      return passed < 44.5 ? "just now" : `${span(passed)} ago`;
    },
    age: ({ passed }) => span(passed),
    clock: ({ date, now, zone }) => {
      const at = local(date), today = local(now);
      return (at.number === today.number ? "" : day(at, today) + ", ") + `${at.time} ${zone}`;
    },
    upcoming: ({ date, now, zone }) => {
      const at = local(date), today = local(now), days = at.number - today.number;
      const near = days === 0 ? "today" : at.weekday;
      const when = days >= 0 && days < 7 ? near : day(at, today) + ",";
      return `${when} ${at.time} ${zone}`;
    },
    ahead: ({ passed }) => `in ${span(-passed)}`,
  };

  const refresh = () => {
    const now = new Date();
    for (const time of document.querySelectorAll("time[datetime]")) {
      const kind = Object.keys(words).find((name) => name in time.dataset);
      const date = new Date(time.dateTime);
      if (!kind || Number.isNaN(date.getTime())) continue;
      const text = words[kind]({ date, now, passed: (now - date) / 1000, zone: time.title.split(" ").pop() });
      if (time.textContent !== text) time.textContent = text;
    }
  };

  // The switch to the reader's own zone, whose name only the browser knows.
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const offerOwn = () => {
    for (const button of document.querySelectorAll("[data-local]")) {
      const isThere = [...button.form.querySelectorAll("[name=zone]")].some((other) => other.value === own);
      button.hidden = !own || isThere;
      button.value = own;
      button.lastChild.textContent = `Local (${own.split("/").pop().replaceAll("_", " ")})`;
    }
  };

  refresh();
  offerOwn();
  setInterval(refresh, 15000);
  for (const news of ["htmx:afterSettle", "placed"]) document.addEventListener(news, refresh);
})();
