// @ts-check
/** Feeds and their last runs. In: what the server fetches by itself, and the imports it remembers. Out: elements. */

import { counted, el, moment, table } from "./dom.js";

/** Milliseconds until the view is read again: while an import runs, and else. */
const PAUSE = { running: 3_000, idle: 15_000 };

/** A list of faults, which opens. @param {string} of what has them @param {string} title @param {string[]} problems */
const faults = (of, title, problems) =>
  problems.length > 0 &&
  el(
    "details",
    { "data-of": `${of} ${title}` },
    el("summary", {}, `${title} (${problems.length})`),
    el(
      "ul",
      { class: "faults" },
      problems.map((problem) => el("li", {}, problem)),
    ),
  );

/** @param {any} feed */
const feedView = (feed) =>
  el(
    "article",
    { class: "panel" },
    el("h3", {}, feed.url.split(/[?#]/)[0]),
    el(
      "p",
      {},
      feed.running_since
        ? el("strong", {}, "running since ", moment(feed.running_since))
        : el(
            "strong",
            { class: feed.outcome === "imported" || feed.outcome === "unchanged" ? "good" : "bad" },
            feed.outcome.replace("_", " "),
          ),
      feed.market && ` · market ${feed.market}`,
    ),
    el(
      "p",
      {},
      "Last try: ",
      moment(feed.last_try),
      ". Last one without a fault: ",
      moment(feed.last_good),
      ". Last import: ",
      moment(feed.last_import),
      ". Next try: ",
      moment(feed.next_try),
      ".",
    ),
    el("p", {}, `${counted(feed.products, "product")}, ${counted(feed.left_out, "row")} left out.`),
    faults(`feed ${feed.market} ${feed.url}`, "Faults", feed.problems),
  );

/** @param {any} job */
const jobView = (job) =>
  el(
    "article",
    { class: "panel" },
    el("h3", {}, `Import ${job.id}`),
    el(
      "p",
      {},
      el("strong", { class: job.state === "done" ? "good" : job.state === "running" ? "" : "bad" }, job.state),
      job.market && ` · market ${job.market}`,
    ),
    el(
      "p",
      {},
      job.state === "running"
        ? `${job.done} of ${job.of} pictures.${job.waiting_for ? ` Waiting for ${job.waiting_for} since ${job.waiting_s} s.` : ""}`
        : `${counted(job.imported, "product")}, ${job.encoded} of them encoded; ${counted(job.left_out, "row")} left out, ${job.merged} merged.`,
    ),
    faults(`job ${job.id}`, "Faults", job.problems),
    faults(`job ${job.id}`, "Notes", job.notes),
  );

/** @param {number | null | undefined} published @param {number | null | undefined} served */
const versions = (published, served) => {
  if (published == null) return "Nothing is published yet.";
  if (published === served) return `Version ${served} is served.`;
  return `Version ${published} is published; ${served == null ? "none" : `version ${served}`} is served so far.`;
};

/** @param {import("./api.js").Api} api */
const read = (api) => Promise.all([api.get("/catalogue"), api.get("/feeds"), api.get("/jobs")]);

/** @param {any[]} read */
const contents = ([stats, feeds, jobs]) => {
  const markets = stats.markets ?? [];
  return [
    el("p", {}, `${counted(stats.products, "product")}. ${versions(stats.published_version, stats.served_version)}`),
    markets.length > 0 &&
      table(
        "Markets",
        ["Market", "Products"],
        markets.map((/** @type {any} */ market) => [market.name || "(no market)", market.products]),
      ),
    el("h2", {}, "Feeds that the server fetches"),
    feeds.length === 0 && el("p", { class: "note" }, "None: start the server with --feeds."),
    ...feeds.map(feedView),
    el("h2", {}, "Imports"),
    jobs.length === 0 && el("p", { class: "note" }, "No import is remembered."),
    ...jobs.map(jobView),
  ];
};

/** Shows what is new, and leaves open what is open and the focus where it is. @param {HTMLElement} place @param {any[]} seen */
const draw = (place, seen) => {
  /** @param {Element} details */
  const of = (details) => details.getAttribute("data-of") ?? "";
  const open = new Set([...place.querySelectorAll("details[open]")].map(of));
  const focused = document.activeElement?.closest("details");
  const holder = focused && place.contains(focused) ? of(focused) : "";
  place.replaceChildren(...contents(seen).filter(Boolean));
  for (const details of place.querySelectorAll("details")) {
    details.open = open.has(of(details));
    if (holder && of(details) === holder) details.querySelector("summary")?.focus();
  }
};

/** @param {import("./api.js").Api} api */
export const feedsView = async (api) => {
  const place = el("div", {});
  let seen = await read(api);
  draw(place, seen);
  const again = async () => {
    // Another view is shown.
    if (!place.isConnected) return;
    if (!document.hidden) {
      try {
        const now = await read(api);
        if (JSON.stringify(now) !== JSON.stringify(seen)) draw(place, now);
        seen = now;
      } catch {
        // The server may be back at the next time.
      }
    }
    wait();
  };
  const wait = () => {
    const [, feeds, jobs] = seen;
    const isRunning =
      jobs.some((/** @type {any} */ job) => job.state === "running") ||
      feeds.some((/** @type {any} */ feed) => feed.running_since);
    setTimeout(again, isRunning ? PAUSE.running : PAUSE.idle);
  };
  wait();
  return [place];
};
