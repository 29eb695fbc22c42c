// @ts-check
/**
 * Elements of the page. In: names, properties and texts. Out: elements. What feeds say is strangers' text: it only ever becomes text nodes and
 * attributes, and links only lead to http and https.
 */

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * @param {string} name
 * @param {Record<string, string | boolean | ((event: any) => void)>} [properties] attributes; functions listen
 * @param {...(Child | Child[])} children
 * @returns {any}
 */
export const el = (name, properties = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (typeof value === "boolean") element.toggleAttribute(key, value);
    else element.setAttribute(key, value);
  }
  const given = children.flat().filter((child) => child != null && child !== false);
  element.append(...given.map((child) => (child instanceof Node ? child : String(child))));
  return element;
};

/** A link that opens another page; its text alone if it leads to no web page. @param {string} href @param {string} text */
export const link = (href, text) => {
  const isWeb = URL.canParse(href, location.href) && /^https?:$/.test(new URL(href, location.href).protocol);
  return isWeb ? el("a", { href, target: "_blank", rel: "noopener noreferrer" }, text) : el("span", {}, text);
};

/** A field with its label. @param {string} label @param {HTMLElement} control @param {string} [note] */
export const field = (label, control, note) => {
  control.id ||= `field-${label.toLowerCase().replace(/[^a-z]+/g, "-")}`;
  return el(
    "div",
    { class: "field" },
    el("label", { for: control.id }, label),
    control,
    note && el("p", { class: "note" }, note),
  );
};

/** A table that can be scrolled sideways on narrow screens. @param {string} caption @param {string[]} heads @param {Child[][]} rows */
export const table = (caption, heads, rows) =>
  el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el(
      "table",
      {},
      el("caption", {}, caption),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          heads.map((head) => el("th", { scope: "col" }, head)),
        ),
      ),
      el(
        "tbody",
        {},
        rows.map(([first, ...rest]) =>
          el(
            "tr",
            {},
            el("th", { scope: "row" }, first),
            rest.map((cell) => el("td", {}, cell)),
          ),
        ),
      ),
    ),
  );

/** A number with its noun, `1 product` or `2 products`. @param {number} count @param {string} noun */
export const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** A moment as the visitor's language writes it. @param {string} text RFC 3339, or empty */
export const moment = (text) =>
  text
    ? el("time", { datetime: text }, new Date(text).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" }))
    : "never";

/** A price in its currency. @param {{ amount_minor: number, currency: string }} price */
export const price = ({ amount_minor, currency }) => {
  try {
    const format = new Intl.NumberFormat("en", { style: "currency", currency });
    return format.format(amount_minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
  } catch {
    return `${amount_minor} ${currency}`;
  }
};
