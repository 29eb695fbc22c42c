// @ts-check
/**
 * The elements' attributes as properties. In: attributes. Out: values of the types in `widget.d.ts`.
 *
 * @typedef {import("./widget.d.ts").CategoryCards} Row
 */

import { Events } from "./events.js";

/** The loader's own address: the server's, unless `api` names another. */
const HERE = new URL(".", import.meta.url).href;

/** What all elements have. */
export class WithServer extends HTMLElement {
  /** Counts events, once an answer has said that the server does. @type {Events | undefined} */ _events;

  /** Counts that the shop's page has put a product into the basket. @param {string} product its id */
  basket(product) {
    this._events?.add("basket", product);
  }

  /** Counts events from now on, or none any more. @param {boolean | undefined} isCounting @param {Row[]} rows */
  _count(isCounting, rows) {
    if (!isCounting) {
      this._events?.end();
      this._events = undefined;
      return;
    }
    this._events ??= new Events(this);
    this._events.know(rows);
  }

  /** The shop's name of a variant, which events carry. */
  get variant() {
    return this.getAttribute("variant") ?? "";
  }
  set variant(value) {
    this.setAttribute("variant", value);
  }
  /** The market that is searched; empty for the shop's first one. */
  get market() {
    return this.getAttribute("market") ?? "";
  }
  set market(value) {
    this.setAttribute("market", value);
  }
  get api() {
    return new URL(this.getAttribute("api") || HERE, HERE).href.replace(/\/+$/, "");
  }
  set api(value) {
    this.setAttribute("api", value);
  }
  get theme() {
    const theme = this.getAttribute("theme");
    return theme === "light" || theme === "dark" ? theme : "auto";
  }
  set theme(value) {
    this.setAttribute("theme", value);
  }
  /** @returns {number | null} */
  get limit() {
    const limit = Number.parseInt(this.getAttribute("limit") ?? "", 10);
    return limit > 0 ? limit : null;
  }
  set limit(value) {
    if (value == null) this.removeAttribute("limit");
    else this.setAttribute("limit", String(value));
  }
}

export class WithAttributes extends WithServer {
  static observedAttributes = ["api", "lang", "market", "theme", "categories", "limit", "mode", "consent", "send"];

  /** @returns {string[]} */
  get categories() {
    return (this.getAttribute("categories") ?? "").split(/[\s,]+/).filter(Boolean);
  }
  set categories(value) {
    this.setAttribute("categories", Array.isArray(value) ? value.join(",") : String(value ?? ""));
  }
  get mode() {
    return this.getAttribute("mode") === "dialog" ? "dialog" : "inline";
  }
  set mode(value) {
    this.setAttribute("mode", value);
  }
  get send() {
    return this.getAttribute("send") === "numbers" ? "numbers" : "pictures";
  }
  set send(value) {
    this.setAttribute("send", value);
  }
  get consent() {
    return this.getAttribute("consent") === "given" ? "given" : "ask";
  }
  set consent(value) {
    this.setAttribute("consent", value);
  }
}

/** The attributes of the elements of a product's page. */
export class WithProduct extends WithServer {
  static observedAttributes = ["api", "lang", "market", "theme", "limit", "product"];

  get product() {
    return this.getAttribute("product") ?? "";
  }
  set product(value) {
    this.setAttribute("product", value);
  }
}

/**
 * Does something once an element has left the page. Frameworks move elements: they take them out and put them in again.
 * @param {HTMLElement} element @param {() => void} then
 */
export const onceOut = (element, then) =>
  queueMicrotask(() => {
    if (!element.isConnected) then();
  });

/** The language of an element or of what is around it. @param {HTMLElement} element */
export const languageOf = (element) =>
  element.lang || element.closest("[lang]")?.getAttribute("lang") || document.documentElement.lang || "en";
