// @ts-check
/** Products as small cards. In: products of answers. Out: elements. */

import { el, price } from "./dom.js";

/** @param {any} product @param {import("./dom.js").Child[]} more lines below its price */
export const card = (product, ...more) =>
  el(
    "li",
    { class: "card" },
    el("img", { src: `${product.image_url}&width=240`, alt: "", loading: "lazy" }),
    el("p", { class: "card__title" }, product.title),
    el("p", { class: "card__id" }, product.id),
    el("p", {}, price(product.price)),
    more.filter(Boolean).map((line) => el("p", { class: "card__note" }, line)),
  );

/** @param {any} moved */
const movedBy = ({ rule, action, by, position }) => {
  if (action === "pin") return `${rule}: pinned to ${position}`;
  return `${rule}: ${by > 0 ? "+" : "−"}${Math.abs(by)}`;
};

/** A row of a preview. @param {any} row @param {string[]} former the ids of the row before */
export const previewRow = ({ category, cards }, former) =>
  el(
    "section",
    {},
    el("h4", {}, category),
    cards.length === 0 && el("p", { class: "note" }, "No product is found."),
    el(
      "ol",
      { class: "cards" },
      cards.map((/** @type {any} */ shown, /** @type {number} */ at) => {
        const before = former.indexOf(shown.id);
        const change =
          former.length === 0 || before === at
            ? ""
            : before < 0
              ? "new"
              : before > at
                ? `up ${before - at}`
                : `down ${at - before}`;
        return card(shown, change, ...(shown.rules ?? []).map(movedBy));
      }),
    ),
  );
