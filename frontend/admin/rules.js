// @ts-check
/** The shop's rules: shown, edited as TOML, and tried on a product or a photo before they are stored. Out: elements. */

import { withQuery } from "./api.js";
import { previewRow } from "./cards.js";
import { el, field, table } from "./dom.js";
import { failing } from "./products.js";

/** What has been written and not stored; it outlives other views, another market, and a token that is not accepted any more. @type {string | undefined} */
let draft;

/** Forgets it, for who signs out. False if its loss is not wanted. */
export const forgetDraft = () => {
  if (draft !== undefined && !confirm("The rules that you have changed are not stored. Sign out and lose the changes?"))
    return false;
  draft = undefined;
  return true;
};

// The browser asks before the tab is closed.
addEventListener("beforeunload", (event) => {
  if (draft !== undefined) event.preventDefault();
});

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
  let [stored, report] = await Promise.all([api.rules(), api.get("/rules")]);
  const text = el("textarea", { rows: "16", spellcheck: "false", autocomplete: "off", wrap: "off", class: "code" });
  text.value = draft ?? stored;
  const unsaved = el(
    "p",
    { class: "note", hidden: true },
    "These changes are not stored. ",
    el("button", { type: "button", class: "linked", click: () => write(stored) }, "Take the stored rules again"),
  );
  const note = () => {
    // A text field has line feeds alone.
    draft = text.value === stored.replace(/\r\n?/g, "\n") ? undefined : text.value;
    unsaved.hidden = draft === undefined;
  };
  /** @param {string} other */
  const write = (other) => {
    text.value = other;
    note();
    text.focus();
  };
  text.addEventListener("input", note);
  note();
  const reported = el("div", {}, reportView(report, "Rules in force").filter(Boolean));
  const outcome = el("div", { "aria-live": "polite" });
  const product = el("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  const photo = el("input", { type: "file", accept: "image/jpeg,image/png,image/webp" });
  const variant = el("input", { type: "text", autocomplete: "off", maxlength: "64" });
  const shown = el("div", { "aria-live": "polite", tabindex: "-1" });

  const store = async () => {
    const sent = text.value;
    report = await api.storeRules(sent);
    stored = sent;
    note();
    outcome.replaceChildren(
      el("p", { class: "good", role: "status" }, "The rules are stored: the next search follows them."),
    );
    reported.replaceChildren(...reportView(report, "Rules in force").filter(Boolean));
  };
  const preview = async () => {
    const form = new FormData();
    form.set("rules", text.value);
    const [file] = photo.files ?? [];
    if (!file && !product.value.trim()) throw new Error("Name a product by its id, or choose a photo.");
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
      { submit: on(store, outcome) },
      field("Rules, TOML", text, "Stored rules act from the next search on."),
      unsaved,
      el("button", {}, "Store the rules"),
      outcome,
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
