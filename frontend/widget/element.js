// @ts-check
/**
 * `<shop-the-look>`. In: the element's attributes, a press, or a photo. Out: the page's own program, mounted into the element's
 * shadow tree, and DOM events. It fetches nothing until somebody uses it.
 *
 * @typedef {import("./program.js").Mounted} Mounted
 * @typedef {import("./widget.d.ts").ResultsDetail} Results
 */

import { WithAttributes, languageOf, onceOut } from "./attributes.js";
import { WidgetError, notConnected, removed, replaced, withoutUnhandled } from "./error.js";
import { photoFrom } from "./photo.js";
import { load } from "./program.js";
import { Search, Waiting } from "./search.js";
import { button, dialogView, fileInput, make, noteView, ownStyle, sizeText, startView } from "./views.js";
import { consentText, wordsOf } from "./words.js";

export class ShopTheLook extends WithAttributes {
  /** @type {ShadowRoot} */ #shadow;
  /** @type {Mounted | undefined} */ #mounted;
  /** @type {Promise<Mounted> | undefined} */ #mounting;
  /** Counts removals, so that a load that began before one does not mount after it. */
  #generation = 0;
  /** The search that waits for consent, is under way, or whose results are not there yet. @type {Search | undefined} */ #search;
  /** Where the program is mounted. @type {HTMLElement | undefined} */ #root;
  /** @type {HTMLInputElement | undefined} */ #input;
  /** @type {HTMLDialogElement | undefined} */ #dialog;
  #hasAgreed = false;
  /** What calls of `open` wait for until the visitor agrees. @type {Waiting | undefined} */ #consent;
  #dark = matchMedia("(prefers-color-scheme: dark)");
  #followScheme = () => this.#applyTheme();

  constructor() {
    super();
    this.#shadow = this.attachShadow({ mode: "open" });
    this.#shadow.adoptedStyleSheets = [ownStyle()];
    this.addEventListener("stl-results", (event) => {
      if (event.target !== this) return;
      /** @type {Results} */ const results = /** @type {CustomEvent} */ (event).detail;
      // The program counts what is shown and opened.
      this._count(results.events, results.categories);
      if (this.#search?.isPassed) this.#takeSearch()?.resolve(results);
    });
    this.addEventListener("stl-error", (event) => {
      if (event.target !== this || !this.#search?.isPassed) return;
      const { code, message, next } = /** @type {CustomEvent} */ (event).detail;
      this.#takeSearch()?.reject(new WidgetError(code, message, next));
    });
  }

  // Methods for the shop's page.

  /** Shows the widget and loads it, as a press does. @returns {Promise<void>} */
  open() {
    return withoutUnhandled(this.#open());
  }

  /** Closes the dialog and keeps what it shows. */
  close() {
    this.#dialog?.close();
  }

  /** Searches with a photo. Rejects if another search replaces it. @param {Blob} photo @returns {Promise<Results>} */
  search(photo) {
    return this.#searchWith(() => photo);
  }

  /** Searches with a picture that the page shows. @param {HTMLImageElement} image @returns {Promise<Results>} */
  searchFrom(image) {
    return this.#searchWith(() => photoFrom(image));
  }

  // Life cycle.

  connectedCallback() {
    if (this.#root) return;
    this.#build();
    this.#dark.addEventListener("change", this.#followScheme);
  }

  disconnectedCallback() {
    onceOut(this, () => this.#remove());
  }

  /** @param {string} name @param {string | null} before @param {string | null} value */
  attributeChangedCallback(name, before, value) {
    if (!this.#root || before === value) return;
    if (name === "theme") this.#applyTheme();
    else if (name === "categories" || name === "limit") this.#mounted?.configure(this.#options());
    else if (name === "consent" && this.#mounting) return;
    else if (name === "consent" && value === "given" && this.#search?.photo) this.#begin();
    else {
      // Another server, market, language or mode is another widget.
      this.#remove();
      if (this.isConnected) this.connectedCallback();
    }
  }

  // Building.

  get #words() {
    return wordsOf(languageOf(this));
  }

  get #hasConsent() {
    return this.#hasAgreed || this.consent === "given";
  }

  #options() {
    const { api, categories, limit, market, send, variant } = this;
    return { api, lang: languageOf(this), categories, ...(limit && { limit }), market, send, variant };
  }

  #build() {
    const root = make("div", { class: "root", part: "root" });
    this.#root = root;
    if (this.mode === "dialog") {
      const { trigger, dialog } = dialogView(root, this.#words, () => this.open());
      this.#dialog = dialog;
      this.#shadow.append(trigger, dialog);
    } else {
      this.#shadow.append(root);
    }
    this.#input = fileInput((photo) => this.search(photo));
    this.#shadow.append(this.#input);
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (this.#shadow.querySelectorAll(".root"))) sizeText(element);
    this.#showStart();
    this.#applyTheme();
  }

  #showStart() {
    const words = this.#words;
    const promise = this.send === "numbers" ? words.promise_numbers : words.promise;
    const view = this.#hasConsent
      ? startView(words.title, promise, button(words.choose, "start-button", () => this.#chooseFile()))
      : startView(
          words.title,
          consentText(words, new URL(this.api).host),
          button(words.agree, "start-button", () => this.#agree()),
        );
    this.#root?.replaceChildren(view);
  }

  #chooseFile() {
    // Browsers open the file dialog only while a press is handled; the program loads meanwhile.
    this.#input?.click();
    this.#begin();
  }

  #agree() {
    this.#hasAgreed = true;
    this.#dispatch("stl-consent", {});
    this.#begin();
  }

  /** Says why the program is not there. @param {unknown} error */
  #showFailure(error) {
    const words = this.#words;
    const view =
      error instanceof WidgetError && error.code === "origin-not-allowed"
        ? noteView(words.refused, error.message)
        : noteView(words.unreachable, words.unreachable_next, button(words.again, "start-button", () => this.#begin()));
    this.#root?.replaceChildren(view);
  }

  #applyTheme() {
    const { theme } = this;
    const isDark = theme === "dark" || (theme === "auto" && this.#dark.matches);
    for (const element of this.#shadow.querySelectorAll(".root, dialog")) element.toggleAttribute("data-dark", isDark);
  }

  // Loading and searching.

  /** Loads and mounts, once. Called only while the visitor or the page uses the widget. */
  #begin() {
    withoutUnhandled(this.#mount());
  }

  async #open() {
    if (!this.isConnected) throw notConnected();
    if (this.#dialog && !this.#dialog.open) this.#dialog.showModal();
    else if (!this.#dialog) this.scrollIntoView({ block: "nearest" });
    if (!this.#hasConsent) {
      this.#consent ??= new Waiting();
      await this.#consent.promise;
    }
    await this.#mount();
  }

  /** @param {() => Blob | Promise<Blob>} takePhoto @returns {Promise<Results>} */
  #searchWith(takePhoto) {
    this.#takeSearch()?.reject(replaced());
    const search = new Search();
    this.#search = search;
    withoutUnhandled(this.#start(search, takePhoto));
    return search.results;
  }

  /** @param {Search} search @param {() => Blob | Promise<Blob>} takePhoto */
  async #start(search, takePhoto) {
    try {
      if (!this.isConnected) throw notConnected();
      const photo = await takePhoto();
      // Another search may have begun, or the widget may be gone: the promise is rejected already.
      if (this.#search !== search) return;
      search.photo = photo;
      // Waits for consent.
      await this.#open();
      this.#passPhoto();
    } catch (error) {
      // `#mount` reports its own failures, and a search that was replaced is rejected already.
      if (this.#search === search) this.#fail(error);
    }
  }

  /** Passes the waiting photo to the program. */
  #passPhoto() {
    const search = this.#search;
    if (!search?.photo || !this.#mounted) return;
    const { photo } = search;
    search.photo = undefined;
    search.isPassed = true;
    this.#mounted.search(photo);
  }

  #mount() {
    this.#consent?.resolve();
    this.#consent = undefined;
    this.#mounting ??= this.#loadAndMount();
    return this.#mounting;
  }

  async #loadAndMount() {
    const generation = this.#generation;
    this.#root?.replaceChildren(noteView(this.#words.loading));
    try {
      const { api } = this;
      const { program, style } = await load(api);
      const root = this.#root;
      if (generation !== this.#generation || !root) throw removed();
      if (!this.#shadow.adoptedStyleSheets.includes(style)) this.#shadow.adoptedStyleSheets.push(style);
      root.replaceChildren();
      this.#mounted = program.mountWidget(root, this.#options());
      this.#dispatch("stl-ready", { api });
      this.#passPhoto();
      return this.#mounted;
    } catch (error) {
      if (generation === this.#generation) {
        this.#mounting = undefined;
        this.#showFailure(error);
        this.#fail(error);
      }
      throw error;
    }
  }

  #remove() {
    this.#generation += 1;
    this.#dark.removeEventListener("change", this.#followScheme);
    this.#takeSearch()?.reject(removed());
    this.#consent?.reject(removed());
    this.#consent = undefined;
    this.#mounting = this.#root = this.#dialog = this.#input = undefined;
    this.#mounted?.unmount();
    this.#mounted = undefined;
    this._count(false, []);
    this.#shadow.replaceChildren();
    this.#shadow.adoptedStyleSheets = [ownStyle()];
  }

  // Reporting.

  /** @param {string} name @param {object} detail */
  #dispatch(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }

  /** @param {unknown} error */
  #fail(error) {
    const known = error instanceof WidgetError ? error : new WidgetError("widget-failed", String(error));
    console.error(`<shop-the-look>: ${known.message}`);
    // Before the event, so that a listener that begins another search does not replace one that has failed.
    this.#takeSearch()?.reject(known);
    if (known.code !== "not-connected") this.#dispatch("stl-error", known.detail);
  }

  /** The search under way, which is settled by the caller and no longer under way. */
  #takeSearch() {
    const search = this.#search;
    this.#search = undefined;
    return search;
  }
}
