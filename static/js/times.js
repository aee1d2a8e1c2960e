// Keeps the times on the page fresh and in the reader's own zone; without it they stay as the server wrote them.
// monitors/wording/times.py writes the same words by the same limits.
(() => {
  dayjs.extend(dayjs_plugin_relativeTime, {
    thresholds: [
      { l: "s", r: 44, d: "second" }, { l: "m", r: 89 },
      { l: "mm", r: 59, d: "minute" }, { l: "h", r: 89 },
      { l: "hh", r: 23, d: "hour" }, { l: "d", r: 35 },
      { l: "dd", d: "day" },
    ],
  });
  dayjs.Ls.en.relativeTime = {
    past: (span) => (span === "under a minute" ? "just now" : `${span} ago`),
    s: "under a minute", m: "1 min", mm: "%d min", h: "1 h", hh: "%d h", d: "1 day", dd: "%d days",
  };

  const day = (moment, now) => moment.format(moment.isSame(now, "year") ? "D MMM" : "D MMM YYYY");
  // A moment ahead of the reader's clock is now.
  const past = (moment, now) => (moment.isAfter(now) ? now : moment);
  const words = {
    ago: (moment, now) => (now.diff(moment, "hour", true) < 168 ? past(moment, now).from(now) : day(moment, now)),
    age: (moment, now) => past(moment, now).from(now, true),
    clock: (moment, now) => {
      const time = moment.format("HH:mm");
      return moment.isSame(now, "day") ? time : `${day(moment, now)}, ${time}`;
    },
    upcoming: (moment, now) => {
      const days = Math.round(moment.startOf("day").diff(now.startOf("day"), "day", true));
      const near = days === 0 ? "today" : moment.format("ddd");
      return `${days >= 0 && days < 7 ? near : `${day(moment, now)},`} ${moment.format("HH:mm")}`;
    },
    ahead: (moment, now) => `in ${(moment.isAfter(now) ? moment : now).from(now, true)}`,
    exact: (moment) => moment.format("HH:mm:ss"),
  };

  const refresh = () => {
    const now = dayjs();
    for (const time of document.querySelectorAll("time[datetime]")) {
      const kind = Object.keys(words).find((name) => name in time.dataset);
      const moment = dayjs(time.dateTime);
      if (!kind || !moment.isValid()) continue;
      const text = words[kind](moment, now);
      if (time.textContent !== text) time.textContent = text;
      time.title = moment.toDate().toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "long" });
    }
  };

  refresh();
  setInterval(refresh, 15000);
  document.addEventListener("htmx:afterSettle", refresh);
})();
