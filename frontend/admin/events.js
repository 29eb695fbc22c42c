// @ts-check
/** What shoppers did, as counts. In: a number of hours. Out: elements. */

import { withQuery } from "./api.js";
import { el, field, table } from "./dom.js";
import { failing } from "./products.js";

/** @param {any[]} counts @param {string} caption @param {string} head */
const countsView = (counts, caption, head) =>
  counts?.length > 0 &&
  table(
    caption,
    [head, "Shown", "Opened", "Basket"],
    counts.map(({ name, shown, opened, basket }) => [name || "(none)", shown, opened, basket]),
  );

/** @param {import("./api.js").Api} api */
export const eventsView = async (api) => {
  const hours = el(
    "select",
    {},
    [
      [24, "Last day"],
      [168, "Last week"],
      [2160, "Last 90 days"],
    ].map(([value, name]) => el("option", { value: String(value) }, name)),
  );
  const shown = el("div", { "aria-live": "polite" });
  const show = async () => {
    const stats = await api.get(withQuery("/events", { hours: hours.value }));
    const { total } = stats;
    shown.replaceChildren(
      ...[
        !stats.counting && el("p", { class: "note" }, "This server counts none now: start it with --events."),
        el("p", {}, `Shown ${total.shown}, opened ${total.opened}, put into the basket ${total.basket}.`),
        ...["products", "positions", "rules", "variants"].map((of) =>
          countsView(stats[of], `By ${of.slice(0, -1)}`, of.slice(0, -1)),
        ),
      ].filter(Boolean),
    );
  };
  hours.addEventListener("change", () => failing(shown, show));
  await show();
  return [field("Time", hours), shown];
};
