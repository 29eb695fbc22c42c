// @ts-check
/**
 * What the elements of a product's page share. In: the attribute `product`. Out: rows of the server's answer, and DOM events. They ask the
 * server when they come near the visitor's sight; without an answer they stay empty.
 *
 * @typedef {import("./row_views.js").Context} Context
 * @typedef {import("./widget.d.ts").CategoryCards} Row
 * @typedef {import("./widget.d.ts").ProductClickDetail} Click
 */

import { WithProduct, languageOf, onceOut } from "./attributes.js";
import { WidgetError } from "./error.js";
import { productStyle } from "./row_views.js";
import { ask } from "./request.js";
import { make, ownStyle, sizeText } from "./views.js";
import { languageFor, wordsOf } from "./words.js";

/** How far below the screen they begin to load. */
const NEAR = "400px";

/** Products of a row if the attribute `limit` does not say. */
const USUAL_LIMIT = 12;

/** @template Answer @abstract */
export class ProductElement extends WithProduct {
  /** @type {ShadowRoot} */ #shadow;
  /** @type {HTMLElement | undefined} */ #root;
  /** @type {IntersectionObserver | undefined} */ #near;
  /** Ends the request under way. @type {AbortController | undefined} */ #request;
  #dark = matchMedia("(prefers-color-scheme: dark)");
  #followScheme = () => this.#applyTheme();

  /** What of the product is asked: the last part of the path. @type {string} @abstract */
  asked = "";

  /**
   * What is shown of an answer, and the detail of `stl-results`.
   *
   * @abstract @param {Answer} _answer @param {Context} _context
   * @returns {{ views: HTMLElement[], detail: { categories: Row[] } }}
   */
  read(_answer, _context) {
    return { views: [], detail: { categories: [] } };
  }

  constructor() {
    super();
    this.#shadow = this.attachShadow({ mode: "open" });
    this.#shadow.adoptedStyleSheets = [ownStyle(), productStyle()];
  }

  connectedCallback() {
    if (this.#root) return;
    this.#root = make("div", { class: "root", part: "root" });
    this.#shadow.append(this.#root);
    sizeText(this.#root);
    this.#applyTheme();
    this.#dark.addEventListener("change", this.#followScheme);
    this.#wait();
  }

  disconnectedCallback() {
    onceOut(this, () => this.#remove());
  }

  /** @param {string} name @param {string | null} before @param {string | null} value */
  attributeChangedCallback(name, before, value) {
    if (!this.#root || before === value) return;
    if (name === "theme") this.#applyTheme();
    else this.#wait();
  }

  /** Shows nothing, and loads once the element is near the visitor's sight. */
  #wait() {
    this.#stop();
    this.#root?.replaceChildren();
    if (!this.product) return;
    this.#near = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        this.#near?.disconnect();
        this.#load();
      },
      { rootMargin: NEAR },
    );
    this.#near.observe(this);
  }

  async #load() {
    const request = new AbortController();
    this.#request = request;
    const { api, market, product } = this;
    const lang = languageFor(languageOf(this));
    try {
      const query = `limit=${this.limit ?? USUAL_LIMIT}&market=${encodeURIComponent(market)}`;
      const path = `/api/v1/products/${encodeURIComponent(product)}/${this.asked}?${query}`;
      const response = await ask(api, path, { signal: request.signal });
      if (!response.ok) throw refusal(response.status, product, market, api);
      const answer = await response.json();
      if (request.signal.aborted) return;
      const { views, detail } = this.read(answer, { api, lang, words: wordsOf(lang), onFollow: this.#follow });
      this.#root?.setAttribute("lang", lang);
      this.#root?.replaceChildren(...views);
      this._count(answer.events, detail.categories);
      for (const card of this.#shadow.querySelectorAll(".card")) this._events?.watch(/** @type {HTMLElement} */ (card));
      this.#dispatch("stl-results", detail);
    } catch (error) {
      if (!request.signal.aborted) this.#fail(error);
    }
  }

  /** Reports a press on a product; the shop may follow it itself. @param {Event} event @param {Click} detail */
  #follow = (event, detail) => {
    this._events?.add("opened", detail.product.id, detail.position);
    if (!this.#dispatch("stl-product-click", detail, true)) event.preventDefault();
  };

  #applyTheme() {
    const isDark = this.theme === "dark" || (this.theme === "auto" && this.#dark.matches);
    this.#root?.toggleAttribute("data-dark", isDark);
  }

  #stop() {
    this.#near?.disconnect();
    this.#request?.abort();
    this.#near = this.#request = undefined;
    this._count(false, []);
  }

  #remove() {
    this.#stop();
    this.#dark.removeEventListener("change", this.#followScheme);
    this.#root = undefined;
    this.#shadow.replaceChildren();
  }

  /** @param {string} name @param {object} detail @param {boolean} [cancelable] */
  #dispatch(name, detail, cancelable = false) {
    return this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, cancelable, detail }));
  }

  /** The page is as it was without the element: visitors are told nothing. @param {unknown} error */
  #fail(error) {
    const known = error instanceof WidgetError ? error : new WidgetError("widget-failed", String(error));
    console.error(`<${this.localName}>: ${known.message}`);
    this.#dispatch("stl-error", known.detail);
  }
}

/** Why the server does not answer. @param {number} status @param {string} product @param {string} market @param {string} api */
const refusal = (status, product, market, api) => {
  if (status === 404) return new WidgetError("gone", `${api} has no product ${JSON.stringify(product)}${market && ` in ${market}`}.`);
  if (status === 503 || status === 429) return new WidgetError("server-busy", `${api} has too many requests.`);
  if (status === 400) return new WidgetError("refused", `${api} refuses the request.`, "Is `limit` from 1 to 50?");
  return new WidgetError("server-error", `${api} answered with HTTP ${status}.`);
};
