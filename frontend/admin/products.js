// @ts-check
/** The catalogue's products, and what each looks like to the networks. In: a text. Out: elements. */

import { withQuery } from "./api.js";
import { card } from "./cards.js";
import { counted, el, field, link, price, table } from "./dom.js";

/** @param {import("./api.js").Api} api @param {() => string} market */
export const productsView = (api, market) => {
  const text = el("input", { type: "search", name: "text", autocomplete: "off", spellcheck: "false" });
  const found = el("div", { "aria-live": "polite" });
  const sight = el("div", { tabindex: "-1", "aria-live": "polite" });

  /** @param {string} id */
  const show = async (id) => {
    const seen = await api.get(withQuery(`/products/${encodeURIComponent(id)}`, { market: market() }));
    sight.replaceChildren(sightView(seen));
    sight.focus();
  };
  const search = async () => {
    const { products, count } = await api.get(withQuery("/products", { text: text.value, market: market() }));
    const rows = products.map((/** @type {any} */ product) => [
      el(
        "button",
        { type: "button", class: "linked", click: () => failing(sight, () => show(product.id)) },
        product.id,
      ),
      product.title,
      product.category + (product.category_predicted ? " (from the picture)" : ""),
      price(product.price),
      product.availability.replaceAll("_", " "),
    ]);
    found.replaceChildren(
      el("p", {}, [counted(count, "product"), count > products.length && `, the first ${products.length}:`]),
      ...(rows.length ? [table("Products", ["Id", "Title", "Category", "Price", "Availability"], rows)] : []),
    );
    sight.replaceChildren();
  };
  const form = el(
    "form",
    {
      role: "search",
      submit: (/** @type {Event} */ event) => {
        event.preventDefault();
        failing(found, search);
      },
    },
    field("Id or title", text),
    el("button", {}, "Search"),
  );
  return [form, found, sight];
};

/** Shows why something failed where its result would be. @param {HTMLElement} place @param {() => Promise<void>} work */
export const failing = async (place, work) => {
  place.setAttribute("aria-busy", "true");
  try {
    await work();
  } catch (error) {
    place.replaceChildren(el("p", { class: "bad", role: "alert" }, /** @type {Error} */ (error).message));
  } finally {
    place.removeAttribute("aria-busy");
  }
};

/** @param {any} sight */
const sightView = ({ product, seen, region, neighbours }) => {
  const { width, height } = region ?? { width: 0, height: 0 };
  const sizes = product.variants ?? [];
  return el(
    "article",
    { class: "panel" },
    el("h2", {}, product.title),
    el("img", { class: "picture", src: product.image_url, alt: "" }),
    el(
      "p",
      {},
      `Id ${product.id}; ${product.category}, ${product.category_predicted ? "predicted from the picture" : "from the feed"}; ${price(product.price)}; `,
      link(product.link, "page in the shop"),
      ".",
    ),
    region &&
      el(
        "p",
        {},
        `The product covers ${width} × ${height} of ${region.picture_width} × ${region.picture_height} pixels; its upper left corner is ${region.left} pixels from the left and ${region.top} from the top.`,
      ),
    seen.length > 0 &&
      table(
        "What the picture shows",
        ["Category", "Probability"],
        seen
          .slice(0, 4)
          .map((/** @type {any} */ likely) => [likely.category, `${Math.round(likely.probability * 100)} %`]),
      ),
    sizes.length > 0 &&
      table(
        "Sizes",
        ["Size", "Price", "Availability"],
        sizes.map((/** @type {any} */ size) => [
          size.size || size.id,
          price(size.price),
          size.availability.replaceAll("_", " "),
        ]),
      ),
    el("h3", {}, "Nearest neighbours"),
    neighbours.length === 0 && el("p", { class: "note" }, "No other product of its category."),
    el(
      "ol",
      { class: "cards" },
      neighbours.map((/** @type {any} */ near) => card(near, `score ${near.score.toFixed(2)}`)),
    ),
  );
};
