// @ts-check
/** Feeds and their last runs. In: what the server fetches by itself, and the imports it remembers. Out: elements. */

import { el, moment, table } from "./dom.js";

/** A list of faults, which opens. @param {string} title @param {string[]} problems */
const faults = (title, problems) =>
  problems.length > 0 &&
  el(
    "details",
    {},
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
      el(
        "strong",
        { class: feed.outcome === "imported" || feed.outcome === "unchanged" ? "good" : "bad" },
        feed.outcome.replace("_", " "),
      ),
      feed.market && ` · market ${feed.market}`,
    ),
    el(
      "p",
      {},
      "Tried ",
      moment(feed.last_try),
      ", good ",
      moment(feed.last_good),
      ", imported ",
      moment(feed.last_import),
      "; next ",
      moment(feed.next_try),
      ".",
    ),
    el("p", {}, `${feed.products} products, ${feed.left_out} rows left out.`),
    faults("Faults", feed.problems),
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
        ? `${job.done} of ${job.of} pictures.`
        : `${job.imported} products, ${job.encoded} pictures encoded, ${job.left_out} rows left out, ${job.merged} merged.`,
    ),
    faults("Faults", job.problems),
    faults("Notes", job.notes),
  );

/** @param {import("./api.js").Api} api */
export const feedsView = async (api) => {
  const [stats, feeds, jobs] = await Promise.all([api.get("/catalogue"), api.get("/feeds"), api.get("/jobs")]);
  const markets = stats.markets ?? [];
  return [
    el(
      "p",
      {},
      `${stats.products} products; version ${stats.published_version ?? "–"} is published, ${stats.served_version ?? "–"} is served.`,
    ),
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
    jobs.length === 0 && el("p", { class: "note" }, "None was sent to this server."),
    ...jobs.map(jobView),
  ];
};
