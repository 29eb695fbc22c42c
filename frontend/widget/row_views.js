// @ts-check
/**
 * A row of cards, moved by its buttons, by keys, or by swiping. In: a row of the server's answer. Out: elements.
 *
 * @typedef {import("./widget.d.ts").CategoryCards} Row
 * @typedef {import("./widget.d.ts").Card} Card
 * @typedef {import("./widget.d.ts").Price} Price
 * @typedef {import("./widget.d.ts").Product} Product
 * @typedef {import("./widget.d.ts").ProductClickDetail} Click
 * @typedef {import("./words.js").Words} Words
 * @typedef {{ api: string, lang: string, words: Words, onFollow: (event: Event, detail: Click) => void }} Context
 */

import { make } from "./views.js";

/** Widths in pixels of the copies of pictures that the server keeps. */
const COPY_WIDTHS = [240, 360, 480];

/** Widths of a card's picture, as `row.css` has them. */
const CARD_SIZES = "160px";

/** Sizes that a card has room for. */
const SIZES = 5;

/** Share of a row's width that an arrow scrolls: the last card that was seen whole becomes the first. */
const SCROLLED_SHARE = 0.75;

/** One style sheet for all elements. @type {CSSStyleSheet | undefined} */
let style;

/** The style of the elements of a product's page, which the build inserts from `product.css`. */
export const productStyle = () => {
  if (!style) {
    style = new CSSStyleSheet();
    style.replaceSync(STL_PRODUCT_STYLE);
  }
  return style;
};

/** @param {Row} row @param {string} id @param {"h2" | "h3"} heading @param {string} name @param {Context} context */
export const rowView = (row, id, heading, name, context) => {
  const { words } = context;
  const list = make("ul", { class: "cards", part: "cards" }, ...row.cards.map((card, at) => cardView(card, row, at, context)));
  list.addEventListener("keydown", moveFocus);
  return make(
    "section",
    { class: "category", part: "category", "aria-labelledby": id, "data-category": row.category },
    make(
      "div",
      { class: "category-head" },
      make(heading, { id, part: "category-heading" }, name),
      ...arrows(list, [words.back, words.on]),
    ),
    ...(row.weak ? [make("p", { class: "note", part: "note" }, words.weak)] : []),
    list,
  );
};

/** Buttons that scroll a list. At its ends they do nothing, and say so; if nothing can be scrolled, they are hidden. @param {HTMLElement} list @param {[string, string]} labels */
const arrows = (list, labels) => {
  const buttons = labels.map((label, at) => {
    const direction = at ? 1 : -1;
    const button = make("button", { type: "button", class: "arrow", part: "arrow", "aria-label": label }, at ? "›" : "‹");
    button.addEventListener("click", () => list.scrollBy({ left: direction * SCROLLED_SHARE * list.clientWidth }));
    return button;
  });
  const follow = () => {
    const { scrollLeft: at, scrollWidth, clientWidth } = list;
    const most = scrollWidth - clientWidth;
    // Positions are fractions of pixels.
    [at < 1, at > most - 1].forEach((isEnd, end) => {
      buttons[end].hidden = most < 1;
      buttons[end].setAttribute("aria-disabled", String(isEnd));
    });
  };
  list.addEventListener("scroll", follow);
  // Also when it is shown first.
  new ResizeObserver(follow).observe(list);
  return buttons;
};

/** Arrow keys, Home and End move the focus from card to card; the list follows it. @param {KeyboardEvent} event */
const moveFocus = (event) => {
  const { key, currentTarget, target } = event;
  const links = [.../** @type {HTMLElement} */ (currentTarget).querySelectorAll("a")];
  const at = links.indexOf(/** @type {HTMLAnchorElement} */ (target));
  /** @type {Record<string, number>} */
  const places = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: links.length - 1 };
  const isPlain = !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey);
  if (!isPlain || at < 0 || !Object.hasOwn(places, key)) return;
  // The list would scroll by itself, and the page on Home and End.
  event.preventDefault();
  links[places[key]]?.focus();
};

/** @param {Card} card @param {Row} row @param {number} at @param {Context} context */
const cardView = (card, row, at, { api, lang, words, onFollow }) => {
  const { score: _, ...product } = card;
  const link = make(
    "a",
    { href: product.link, target: "_blank", rel: "noopener", part: "card-link" },
    picture(api + product.image_url, "card-picture", CARD_SIZES, ""),
    make("span", { class: "card-title", part: "card-title" }, product.title),
    make("span", { class: "card-price", part: "card-price" }, ...priceView(product, lang, words)),
    ...sizesView(product, words),
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
  return make("li", { class: "card", part: "card", "data-product-id": product.id, "data-position": String(at + 1) }, link);
};

/** A picture of the shop in the copy that fits. @param {string} address @param {string} name @param {string} sizes @param {string} alt */
export const picture = (address, name, sizes, alt) => {
  const copies = COPY_WIDTHS.map((width) => `${address}&width=${width} ${width}w`);
  const srcset = [...copies, `${address} 600w`].join(", ");
  return make("img", { class: name, part: name, alt, width: "300", height: "400", loading: "lazy", sizes, srcset, src: address });
};

/** @param {Product} product @param {string} lang @param {Words} words */
const priceView = ({ price, highest_price: highest, regular_price: regular }, lang, words) => {
  const now = money(price, lang);
  return [
    ...(highest ? [make("span", { class: "from" }, `${words.from} `)] : []),
    now,
    ...(regular ? [" ", make("s", {}, make("span", { class: "visually-hidden" }, `${words.was} `), money(regular, lang))] : []),
  ];
};

/** The sizes that can be bought. @param {Product} product @param {Words} words */
const sizesView = ({ sizes = [] }, words) => {
  if (!sizes.length) return [];
  const more = sizes.length - SIZES;
  const text = sizes.slice(0, SIZES).join(" · ") + (more > 0 ? ` +${more}` : "");
  return [make("span", { class: "card-sizes", part: "card-sizes" }, make("span", { class: "visually-hidden" }, `${words.sizes}: `), text)];
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
