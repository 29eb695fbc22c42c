// @ts-check
/**
 * What `<shop-the-look-outfit>` shows. In: a look of the server's answer. Out: elements: the picture, and a row of cards for each
 * garment that is worn with the product.
 *
 * @typedef {import("./widget.d.ts").ProductLook} Look
 * @typedef {import("./widget.d.ts").CategoryCards} Row
 * @typedef {import("./words.js").Words} Words
 * @typedef {import("./row_views.js").Context} Context
 */

import { picture, rowView } from "./row_views.js";
import { make } from "./views.js";

/** Categories that a heading lists; a row of more is called by its first card. */
const LISTED = 2;

/** @param {Look} look @param {Context} context */
export const lookView = (look, context) => {
  const { api, words } = context;
  return make(
    "section",
    { class: "outfit", part: "outfit", "aria-labelledby": "worn" },
    make(
      "div",
      { class: "outfit-head" },
      picture(api + look.picture, "outfit-picture", "(min-width: 640px) 224px, 128px", words.worn_picture),
      make(
        "div",
        {},
        make("h2", { id: "worn", part: "heading" }, words.worn),
        make("p", { class: "note", part: "note" }, words.worn_note),
      ),
    ),
    make("div", { class: "rows" }, ...look.categories.map((row, at) => rowView(row, `row-${at}`, "h3", nameOf(row, words), context))),
  );
};

/** The categories that the garment is likely of. @param {Row} row @param {Words} words */
const nameOf = (row, words) => {
  const likely = (row.likely ?? []).map(({ category }) => category);
  const listed = likely.length > 0 && likely.length <= LISTED ? likely : [row.cards[0]?.category ?? row.category];
  return listed.map((category) => words[`category_${category}`]).join(" · ");
};
