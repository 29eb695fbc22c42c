// @ts-check
/**
 * What `<shop-the-look-outfit>` shows. In: a look of the server's answer. Out: elements: the picture, and a row of cards for each
 * garment that is worn with the product.
 *
 * @typedef {import("./widget.d.ts").ProductLook} Look
 * @typedef {import("./widget.d.ts").CategoryCards} Row
 * @typedef {import("./widget.d.ts").Card} Card
 * @typedef {import("./widget.d.ts").Price} Price
 * @typedef {import("./widget.d.ts").ProductClickDetail} Click
 * @typedef {import("./words.js").Words} Words
 * @typedef {{ api: string, lang: string, words: Words, onFollow: (event: Event, detail: Click) => void }} Context
 */

import { make } from "./views.js";

/** Widths in pixels of the copies of pictures that the server keeps. */
const COPY_WIDTHS = [240, 360, 480];

/** Widths of a card's picture, as `outfit.css` has them. */
const CARD_SIZES = "160px";

/** Share of a row's width that an arrow scrolls: the last card that was seen whole becomes the first. */
const SCROLLED_SHARE = 0.75;

/** Categories that a heading lists; a row of more is called by its first card. */
const LISTED = 2;

/** One style sheet for all elements. @type {CSSStyleSheet | undefined} */
let style;

/** The style of these views, which the build inserts from `outfit.css`. */
export const outfitStyle = () => {
  if (!style) {
    style = new CSSStyleSheet();
    style.replaceSync(STL_OUTFIT_STYLE);
  }
  return style;
};

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
    make("div", { class: "rows" }, ...look.categories.map((row, at) => rowView(row, `row-${at}`, context))),
  );
};

/** @param {Row} row @param {string} id @param {Context} context */
const rowView = (row, id, context) => {
  const { words } = context;
  const list = make("ul", { class: "cards", part: "cards" }, ...row.cards.map((card, at) => cardView(card, row, at, context)));
  /** @param {string} label @param {number} direction */
  const arrow = (label, direction) => {
    const button = make("button", { type: "button", class: "arrow", part: "arrow", "aria-label": label }, direction < 0 ? "‹" : "›");
    button.addEventListener("click", () => list.scrollBy({ left: direction * SCROLLED_SHARE * list.clientWidth }));
    return button;
  };
  return make(
    "section",
    { class: "category", part: "category", "aria-labelledby": id, "data-category": row.category },
    make(
      "div",
      { class: "category-head" },
      make("h3", { id, part: "category-heading" }, nameOf(row, words)),
      arrow(words.back, -1),
      arrow(words.on, 1),
    ),
    ...(row.weak ? [make("p", { class: "note", part: "note" }, words.weak)] : []),
    list,
  );
};

/** @param {Card} card @param {Row} row @param {number} at @param {Context} context */
const cardView = (card, row, at, { api, lang, words, onFollow }) => {
  const { score: _, ...product } = card;
  const link = make(
    "a",
    { href: product.link, target: "_blank", rel: "noopener", part: "card-link" },
    picture(api + product.image_url, "card-picture", CARD_SIZES, ""),
    make("span", { class: "card-title", part: "card-title" }, product.title),
    make("span", { class: "card-price", part: "card-price" }, ...priceView(product.price, product.regular_price, lang, words)),
    ...(product.availability === "in_stock" ? [] : [make("span", { class: "note" }, words[`availability_${product.availability}`])]),
    make("span", { class: "visually-hidden" }, ` (${words.new_tab})`),
  );
  /** @param {Event} event */
  const follow = (event) => onFollow(event, { product, category: row.category, position: at + 1 });
  link.addEventListener("click", follow);
  link.addEventListener("auxclick", (event) => {
    // The middle button opens a link, the right one only its menu.
    if (event.button === 1) follow(event);
  });
  return make("li", { class: "card", part: "card", "data-product-id": product.id }, link);
};

/** A picture of the shop in the copy that fits. @param {string} address @param {string} name @param {string} sizes @param {string} alt */
const picture = (address, name, sizes, alt) => {
  const copies = COPY_WIDTHS.map((width) => `${address}&width=${width} ${width}w`);
  const srcset = [...copies, `${address} 600w`].join(", ");
  return make("img", { class: name, part: name, alt, width: "300", height: "400", loading: "lazy", sizes, srcset, src: address });
};

/** The categories that the garment is likely of. @param {Row} row @param {Words} words */
const nameOf = (row, words) => {
  const likely = (row.likely ?? []).map(({ category }) => category);
  const listed = likely.length > 0 && likely.length <= LISTED ? likely : [row.cards[0]?.category ?? row.category];
  return listed.map((category) => words[`category_${category}`]).join(" · ");
};

/** @param {Price} price @param {Price | undefined} regular @param {string} lang @param {Words} words */
const priceView = (price, regular, lang, words) => {
  const now = money(price, lang);
  if (!regular) return [now];
  return [now, " ", make("s", {}, make("span", { class: "visually-hidden" }, `${words.was} `), money(regular, lang))];
};

/** @param {Price} price @param {string} lang */
const money = ({ amount_minor: minor, currency }, lang) => {
  try {
    const format = new Intl.NumberFormat(lang, { style: "currency", currency });
    return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
  } catch {
    // Not the code of a currency.
    return `${minor} ${currency}`;
  }
};
