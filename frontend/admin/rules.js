// @ts-check
/** The shop's rules: shown, edited as TOML, and tried on a product or a photo before they are stored. Out: elements. */

import { withQuery } from "./api.js";
import { previewRow } from "./cards.js";
import { el, field, table } from "./dom.js";
import { failing } from "./products.js";

/** What rules meet, and what is wrong. @param {any} report @param {string} title */
const reportView = (report, title) => [
  report.problem_count > 0 &&
    el(
      "div",
      { class: "bad" },
      el("h3", {}, `Problems (${report.problem_count})`),
      el(
        "ul",
        {},
        report.problems.map((/** @type {string} */ problem) => el("li", {}, problem)),
      ),
    ),
  report.rules.length > 0 &&
    table(
      title,
      ["Rule", "Does", "Products", "State", "Market"],
      report.rules.map((/** @type {any} */ rule) => [
        rule.name,
        rule.action,
        rule.products,
        rule.state,
        rule.market ?? "all",
      ]),
    ),
  report.rules.length === 0 && el("p", { class: "note" }, "There are no rules."),
];

/** @param {import("./api.js").Api} api @param {() => string} market */
export const rulesView = async (api, market) => {
  const [stored, report] = await Promise.all([api.rules(), api.get("/rules")]);
  const text = el("textarea", { rows: "16", spellcheck: "false", autocomplete: "off", wrap: "off", class: "code" });
  text.value = stored;
  const reported = el("div", { "aria-live": "polite" }, reportView(report, "Rules in force").filter(Boolean));
  const product = el("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  const photo = el("input", { type: "file", accept: "image/jpeg,image/png,image/webp" });
  const variant = el("input", { type: "text", autocomplete: "off", maxlength: "64" });
  const shown = el("div", { "aria-live": "polite", tabindex: "-1" });

  const store = async () => {
    const stored = await api.storeRules(text.value);
    reported.replaceChildren(
      el("p", { class: "good", role: "status" }, "The rules are stored: the next search follows them."),
      ...reportView(stored, "Rules in force").filter(Boolean),
    );
  };
  const preview = async () => {
    const form = new FormData();
    form.set("rules", text.value);
    const [file] = photo.files ?? [];
    if (file) form.set("photo", file);
    else form.set("product", product.value.trim());
    const { before, after, report } = await api.post(
      withQuery("/preview", { market: market(), variant: variant.value.trim() }),
      form,
    );
    /** @param {any} row */
    const former = (row) =>
      before
        .find((/** @type {any} */ other) => other.category === row.category)
        ?.cards.map((/** @type {any} */ card) => card.id) ?? [];
    shown.replaceChildren(
      el(
        "div",
        { class: "pair" },
        el(
          "section",
          {},
          el("h3", {}, "Before"),
          before.map((/** @type {any} */ row) => previewRow(row, [])),
        ),
        el(
          "section",
          {},
          el("h3", {}, "After"),
          after.map((/** @type {any} */ row) => previewRow(row, former(row))),
        ),
      ),
      ...reportView(report, "These rules").filter(Boolean),
    );
    shown.focus();
  };
  /** @param {() => Promise<void>} work @param {HTMLElement} place */
  const on = (work, place) => (/** @type {Event} */ event) => {
    event.preventDefault();
    failing(place, work);
  };
  return [
    reported,
    el(
      "form",
      { submit: on(store, reported) },
      field("Rules, TOML", text, "Stored rules act from the next search on."),
      el("button", {}, "Store the rules"),
    ),
    el("h2", {}, "Preview"),
    el(
      "p",
      { class: "note" },
      "Shows a search with the rules in force and with the text above, which is not stored. A photo is cut out on the server for this, and not kept.",
    ),
    el(
      "form",
      { submit: on(preview, shown) },
      field("Id of a product", product),
      field("or a photo", photo),
      field("Variant", variant, "Only for rules of A/B tests."),
      el("button", {}, "Preview"),
    ),
    shown,
  ];
};
