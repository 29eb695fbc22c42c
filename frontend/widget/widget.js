// @ts-check
/**
 * The widget's loader: defines `<shop-the-look>`, and fetches nothing until somebody uses it.
 *
 * In: the element's attributes, a click, or a picture. Out: the page's own program (`frontend/src/widget.rs`), mounted into the
 * element's shadow tree, and DOM events. It leaves no global name, cookie or stored value behind.
 *
 * @typedef {import("./widget.d.ts").WidgetErrorCode} ErrorCode
 * @typedef {{ module: string, wasm: string, style: string }} Files As in `stl_shared::wire::WidgetFiles`.
 * @typedef {{ search(photo: Blob): void, configure(options: object): void, unmount(): void }} Mounted
 * @typedef {{ mountWidget(root: HTMLElement, options: object): Mounted }} Program
 * @typedef {{ resolve(answer: any): void, reject(error: Error): void, photo?: Blob, isHanded: boolean }} Search
 *   A search whose results somebody waits for; its picture until the program has it.
 */

/** Its own address: the server's, unless `api` says otherwise. */
const HERE = new URL(".", import.meta.url).href;

/** What the loader itself says; the program has its own words. */
const WORDS = {
  en: {
    title: "See a look. Find its pieces.",
    promise: "Your photo never leaves this device. You see exactly what is sent before it is sent.",
    choose: "Choose a photo",
    consent: (/** @type {string} */ host) =>
      `To search with a photo, this part of the page loads a program from ${host}. It cuts the person out on this device, and sends only what you have seen and agreed to.`,
    agree: "Agree and go on",
    loading: "One moment …",
    close: "Close",
    again: "Try again",
    unreachable: "The search does not answer.",
    unreachableNext: "Check your connection and try again.",
    refused: "The search is not set up for this page.",
  },
  de: {
    title: "Look gesehen. Teile gefunden.",
    promise: "Dein Foto verlässt dieses Gerät nie. Du siehst genau, was gesendet wird, bevor es gesendet wird.",
    choose: "Foto wählen",
    consent: (/** @type {string} */ host) =>
      `Für die Suche mit einem Foto lädt dieser Teil der Seite ein Programm von ${host}. Es schneidet die Person auf diesem Gerät aus und sendet nur, was du gesehen und bestätigt hast.`,
    agree: "Einverstanden, weiter",
    loading: "Einen Moment …",
    close: "Schließen",
    again: "Noch einmal",
    unreachable: "Die Suche antwortet nicht.",
    unreachableNext: "Prüfe die Verbindung und versuche es noch einmal.",
    refused: "Die Suche ist für diese Seite nicht eingerichtet.",
  },
  fr: {
    title: "Un look vous plaît ? Trouvez-le.",
    promise: "Votre photo ne quitte jamais cet appareil. Vous voyez exactement ce qui est envoyé avant l’envoi.",
    choose: "Choisir une photo",
    consent: (/** @type {string} */ host) =>
      `Pour chercher avec une photo, cette partie de la page charge un programme de ${host}. Il détoure la personne sur cet appareil et n’envoie que ce que vous avez vu et accepté.`,
    agree: "Accepter et continuer",
    loading: "Un instant…",
    close: "Fermer",
    again: "Réessayer",
    unreachable: "La recherche ne répond pas.",
    unreachableNext: "Vérifiez votre connexion et réessayez.",
    refused: "La recherche n’est pas configurée pour cette page.",
  },
};

/**
 * The look of what stands before the program is there. The inner element starts from initial values, so that nothing of the
 * shop's page is inherited but what `--stl-…` say. The program's style sheet has the same names and more.
 */
const STYLE = `
:host { display: block; }
:host([hidden]) { display: none; }
:host([mode="dialog"]) { display: inline-block; }
[hidden] { display: none !important; }
.root {
  all: initial; display: block; box-sizing: border-box; container-type: inline-size; color-scheme: light;
  --accent: var(--stl-accent, #2b3fd6); --on-accent: var(--stl-on-accent, #fff); --ink: var(--stl-ink, #17181b);
  --surface: var(--stl-surface, #fff); --line: var(--stl-line, #dfdfda); --radius: var(--stl-radius, 16px);
  --text: var(--stl-text, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif);
  color: var(--ink); font-family: var(--text); line-height: 1.5;
}
.root[data-dark] {
  color-scheme: dark; --accent: var(--stl-accent, #97a5ff); --on-accent: var(--stl-on-accent, #10132b);
  --ink: var(--stl-ink, #f1f1ee); --surface: var(--stl-surface, #1b1d21); --line: var(--stl-line, #2f3238);
}
.trigger-root { container-type: normal; display: inline-block; }
.start {
  display: flex; flex-direction: column; align-items: flex-start; gap: 12px; padding: 24px;
  border: 1px solid var(--line); border-radius: var(--radius); background: var(--surface);
}
.start p { margin: 0; max-width: 60ch; }
.start .title { font-size: 20px; font-weight: 600; line-height: 1.25; }
.stl-button {
  min-height: 48px; padding: 9px 25px; border: 1px solid var(--accent); border-radius: 999px; cursor: pointer;
  background: var(--accent); color: var(--on-accent); font: 600 16px/1.2 var(--text);
}
.stl-button:focus-visible, .close:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
dialog {
  box-sizing: border-box; width: min(1200px, calc(100vw - 24px)); max-width: none; height: calc(100vh - 24px);
  height: calc(100dvh - 24px); max-height: none; padding: 0; border: 0; border-radius: 16px; overflow: auto;
  overscroll-behavior: contain; background: var(--stl-paper, #f6f6f4);
}
dialog[data-dark] { background: var(--stl-paper, #121316); }
dialog::backdrop { background: rgb(10 10 14 / 55%); }
.bar { position: sticky; top: 0; z-index: 4; height: 0; text-align: end; }
.close {
  position: relative; width: 44px; height: 44px; margin: 8px; padding: 0; border: 0;
  border-radius: 50%; background: var(--surface); color: var(--ink); font: 400 24px/1 var(--text); cursor: pointer;
}`;

/** An error with a code that a program can read. */
class WidgetError extends Error {
  /**
   * @param {ErrorCode} code
   * @param {string} message what happened
   * @param {string} next what to do
   */
  constructor(code, message, next = "") {
    super(next ? `${message} ${next}` : message);
    // The name that browsers give to what was given up and did not fail.
    this.name = code === "replaced" || code === "removed" ? "AbortError" : "ShopTheLookError";
    this.code = code;
    this.detail = { code, message, next };
  }
}

/** One style sheet for all widgets, made with the first one. @type {CSSStyleSheet | undefined} */
let ownStyle;

/** What was loaded, by server: all widgets of a page share it. @type {Map<string, Promise<{ program: Program, style: CSSStyleSheet }>>} */
const loaded = new Map();

/** Loads the program from a server, once. @param {string} base */
const load = (base) => {
  let loading = loaded.get(base);
  if (!loading) {
    loading = fetchProgram(base);
    loaded.set(base, loading);
    // The next interaction tries again.
    loading.catch(() => loaded.delete(base));
  }
  return loading;
};

/** @param {string} base */
const fetchProgram = async (base) => {
  /** @type {Files} */
  const files = await (await get(base, "/widget.json", { cache: "no-cache" })).json();
  const [program, css] = await Promise.all([
    import(base + files.module),
    get(base, files.style).then((response) => response.text()),
  ]);
  // Compiles while it downloads. The program mounts nothing by itself in a page that is not its own.
  await program.default({ module_or_path: get(base, files.wasm) });
  const style = new CSSStyleSheet();
  style.replaceSync(css);
  return { program, style };
};

/**
 * Fetches a file without telling who asks.
 *
 * @param {string} base
 * @param {string} path
 * @param {RequestInit} [options]
 */
const get = async (base, path, options) => {
  const url = base + path;
  const quiet = /** @type {const} */ ({ credentials: "omit", referrerPolicy: "no-referrer" });
  const response = await fetch(url, { ...quiet, ...options }).catch(async (error) => {
    // A page may not know why a request fails. Whether somebody answers at all, it may.
    const answers = await fetch(url, { ...quiet, mode: "no-cors", cache: "no-store" }).catch(() => undefined);
    throw answers
      ? new WidgetError(
          "origin-not-allowed",
          `${base} does not allow pages of ${location.origin} to use it.`,
          `Its operator adds them by --allow-origin ${location.origin}.`,
        )
      : new WidgetError("server-unreachable", `${base} does not answer.`, String(error.message));
  });
  if (response.ok) return response;
  throw new WidgetError("server-error", `${url} answered with HTTP ${response.status}.`);
};

/** @template {keyof HTMLElementTagNameMap} K @param {K} name @param {Record<string, string>} attributes @param {(Node | string)[]} children */
const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

/**
 * The pixels of a picture in the page, as a JPEG; at most 2048 pixels long, of which the search uses 640.
 *
 * @param {HTMLImageElement} image
 * @returns {Promise<Blob>}
 */
const pictureOf = async (image) => {
  const address = image.currentSrc || image.src;
  await image.decode().catch(() => {
    throw new WidgetError("picture-not-readable", `The picture ${address} is not loaded.`);
  });
  const scale = Math.min(1, 2048 / Math.max(image.naturalWidth, image.naturalHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    const unreadable = () =>
      reject(
        new WidgetError(
          "picture-not-readable",
          `The picture ${address} comes from another origin, and the browser lets this page show but not read it.`,
          `Serve it with "Access-Control-Allow-Origin: ${location.origin}" and give its img the attribute crossorigin="anonymous".`,
        ),
      );
    try {
      canvas.toBlob((blob) => (blob ? resolve(blob) : unreadable()), "image/jpeg", 0.95);
    } catch {
      unreadable();
    }
  });
};

class ShopTheLook extends HTMLElement {
  static observedAttributes = ["api", "lang", "theme", "categories", "limit", "mode", "consent"];

  /** @type {ShadowRoot} */ #shadow;
  /** @type {Mounted | undefined} */ #mounted;
  /** @type {Promise<Mounted> | undefined} */ #mounting;
  /** Counts how often the widget was taken out, so that what was begun before does not mount. */
  #turn = 0;
  /** The one search that is under way, waits for consent, or is being looked at. @type {Search | undefined} */ #current;
  /** Where the program goes. @type {HTMLElement | undefined} */ #root;
  /** Opens the file dialog before the program is there. @type {HTMLInputElement | undefined} */ #input;
  /** @type {HTMLDialogElement | undefined} */ #dialog;
  #agreed = false;
  #dark = matchMedia("(prefers-color-scheme: dark)");
  #follow = () => this.#showTheme();

  constructor() {
    super();
    this.#shadow = this.attachShadow({ mode: "open" });
    if (!ownStyle) {
      ownStyle = new CSSStyleSheet();
      ownStyle.replaceSync(STYLE);
    }
    this.#shadow.adoptedStyleSheets = [ownStyle];
    this.addEventListener("stl-results", (event) => {
      // Until the program has this search's picture, what it finds belongs to another one.
      if (event.target !== this || !this.#current?.isHanded) return;
      this.#settle((search) => search.resolve(/** @type {CustomEvent} */ (event).detail));
    });
    this.addEventListener("stl-error", (event) => {
      if (event.target !== this || !this.#current?.isHanded) return;
      const { code, message, next } = /** @type {CustomEvent} */ (event).detail;
      this.#settle((search) => search.reject(new WidgetError(code, message, next)));
    });
  }

  // Attributes as properties.

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
  /** @returns {string[]} */
  get categories() {
    return (this.getAttribute("categories") ?? "").split(/[\s,]+/).filter(Boolean);
  }
  set categories(value) {
    this.setAttribute("categories", Array.isArray(value) ? value.join(",") : String(value ?? ""));
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
  get mode() {
    return this.getAttribute("mode") === "dialog" ? "dialog" : "inline";
  }
  set mode(value) {
    this.setAttribute("mode", value);
  }
  get consent() {
    return this.getAttribute("consent") === "given" ? "given" : "ask";
  }
  set consent(value) {
    this.setAttribute("consent", value);
  }

  // What a page may call.

  /** Shows the widget and loads it, as a click does. @returns {Promise<void>} */
  open() {
    return this.#quietly(this.#open());
  }

  /** Closes the dialog; what it shows stays for the next time. */
  close() {
    this.#dialog?.close();
  }

  /**
   * Searches with a picture; resolves with what `stl-results` tells of it, and rejects if another search takes its place.
   *
   * @param {Blob} photo
   * @returns {Promise<any>}
   */
  search(photo) {
    return this.#quietly(this.#search(() => photo));
  }

  /** Searches with a picture that the page shows. @param {HTMLImageElement} image @returns {Promise<any>} */
  searchFrom(image) {
    return this.#quietly(this.#search(() => pictureOf(image)));
  }

  // The element's life.

  connectedCallback() {
    if (this.#root) return;
    this.#build();
    this.#dark.addEventListener("change", this.#follow);
  }

  disconnectedCallback() {
    // Frameworks move elements by taking them out and putting them in again.
    queueMicrotask(() => {
      if (!this.isConnected) this.#remove();
    });
  }

  /** @param {string} name @param {string | null} before @param {string | null} value */
  attributeChangedCallback(name, before, value) {
    if (!this.#root || before === value) return;
    if (name === "theme") this.#showTheme();
    else if (name === "categories" || name === "limit") this.#mounted?.configure(this.#options());
    else if (name === "consent" && this.#mounting) return;
    else if (name === "consent" && value === "given" && this.#current?.photo) this.#begin();
    else {
      // Another server, language or mode is another widget.
      this.#remove();
      if (this.isConnected) this.connectedCallback();
    }
  }

  // Building.

  /** The language of the element or of what is around it. */
  get #language() {
    return this.lang || this.closest("[lang]")?.getAttribute("lang") || document.documentElement.lang || "en";
  }

  get #words() {
    const language = this.#language.toLowerCase().split("-")[0];
    return Object.hasOwn(WORDS, language) ? WORDS[/** @type {keyof typeof WORDS} */ (language)] : WORDS.en;
  }

  get #hasConsent() {
    return this.#agreed || this.consent === "given";
  }

  #options() {
    const { api, categories, limit } = this;
    return { api, lang: this.#language, categories, ...(limit && { limit }) };
  }

  #build() {
    const root = make("div", { class: "root", part: "root" });
    this.#root = root;
    if (this.mode === "dialog") {
      const words = this.#words;
      const label = make("slot", {}, words.title);
      const trigger = make("button", { type: "button", class: "stl-button", part: "trigger", "aria-haspopup": "dialog" }, label);
      trigger.addEventListener("click", () => this.open());
      const close = make("button", { type: "button", class: "close", part: "close", "aria-label": words.close }, "×");
      close.addEventListener("click", () => this.close());
      const dialog = make("dialog", { part: "dialog", "aria-label": words.title }, make("div", { class: "root bar" }, close), root);
      dialog.addEventListener("click", (event) => {
        // The dialog's own box is all inside its children: what hits it is its backdrop.
        if (event.target === dialog) this.close();
      });
      this.#dialog = dialog;
      this.#shadow.append(make("div", { class: "root trigger-root" }, trigger), dialog);
    } else {
      this.#shadow.append(root);
    }
    const input = make("input", { type: "file", accept: "image/*", hidden: "" });
    input.addEventListener("change", () => {
      const photo = input.files?.[0];
      if (photo) this.search(photo);
    });
    this.#input = input;
    this.#shadow.append(input);
    for (const element of this.#roots()) {
      // Initial values hold the visitor's own font size, which the shop's `rem` does not.
      element.style.setProperty("--rem", getComputedStyle(element).fontSize);
    }
    this.#showStart();
    this.#showTheme();
  }

  /** @returns {NodeListOf<HTMLElement>} */
  #roots() {
    return this.#shadow.querySelectorAll(".root");
  }

  /** What stands here until the program does. */
  #showStart() {
    const words = this.#words;
    const asks = !this.#hasConsent;
    const button = make("button", { type: "button", class: "stl-button", part: "start-button" }, asks ? words.agree : words.choose);
    button.addEventListener("click", () => {
      if (asks) {
        this.#agreed = true;
        this.#tell("stl-consent", {});
        this.#begin();
      } else {
        // Browsers open it only while a click is handled; the program loads meanwhile.
        this.#input?.click();
        this.#begin();
      }
    });
    const start = make(
      "div",
      { class: "start", part: "start" },
      make("p", { class: "title" }, words.title),
      make("p", {}, asks ? words.consent(new URL(this.api).host) : words.promise),
      button,
    );
    this.#root?.replaceChildren(start);
  }

  /** @param {string} text @param {string} [next] @param {string} [again] label of a button that tries again */
  #showNote(text, next, again) {
    const start = make("div", { class: "start", part: "start", role: "status" }, make("p", {}, text));
    if (next) start.append(make("p", {}, next));
    if (again) {
      const button = make("button", { type: "button", class: "stl-button", part: "start-button" }, again);
      button.addEventListener("click", () => this.#begin());
      start.append(button);
    }
    this.#root?.replaceChildren(start);
  }

  #showTheme() {
    const { theme } = this;
    const isDark = theme === "dark" || (theme === "auto" && this.#dark.matches);
    for (const element of this.#shadow.querySelectorAll(".root, dialog")) element.toggleAttribute("data-dark", isDark);
  }

  // Going on.

  /** Loads and mounts, once; whoever calls this has an interaction in hand. */
  #begin() {
    this.#quietly(this.#ready());
  }

  async #open() {
    if (!this.isConnected) throw new WidgetError("not-connected", "The widget does not stand in the page.");
    if (this.#dialog && !this.#dialog.open) this.#dialog.showModal();
    else if (!this.#dialog) this.scrollIntoView({ block: "nearest" });
    if (this.#hasConsent) await this.#ready();
  }

  /** @param {() => Blob | Promise<Blob>} take */
  async #search(take) {
    this.#settle((search) => search.reject(new WidgetError("replaced", "Another search took this one's place.")));
    /** @type {Search} */
    const search = { resolve() {}, reject() {}, isHanded: false };
    const answer = new Promise((resolve, reject) => Object.assign(search, { resolve, reject }));
    this.#current = search;
    this.#quietly(answer);
    try {
      if (!this.isConnected) throw new WidgetError("not-connected", "The widget does not stand in the page.");
      const photo = await take();
      // Another search may have begun, or the widget may be gone: the promise has been told.
      if (this.#current !== search) return answer;
      search.photo = photo;
      await this.#open();
      // Otherwise it waits until the visitor agrees.
      if (this.#mounted) this.#hand();
    } catch (error) {
      // `#mount` tells of its own failures, and of a search that was replaced its successor.
      if (this.#current === search) this.#fail(error);
    }
    return answer;
  }

  /** Hands the waiting picture to the program. */
  #hand() {
    const search = this.#current;
    if (!search?.photo || !this.#mounted) return;
    const { photo } = search;
    search.photo = undefined;
    search.isHanded = true;
    this.#mounted.search(photo);
  }

  #ready() {
    this.#mounting ??= this.#mount();
    return this.#mounting;
  }

  async #mount() {
    const turn = this.#turn;
    const words = this.#words;
    this.#showNote(words.loading);
    try {
      const { api } = this;
      const { program, style } = await load(api);
      const root = this.#root;
      if (turn !== this.#turn || !root) throw new WidgetError("removed", "The widget was removed from the page.");
      if (!this.#shadow.adoptedStyleSheets.includes(style)) this.#shadow.adoptedStyleSheets.push(style);
      root.replaceChildren();
      this.#mounted = program.mountWidget(root, this.#options());
      this.#tell("stl-ready", { api });
      this.#hand();
      return this.#mounted;
    } catch (error) {
      if (turn === this.#turn) {
        this.#mounting = undefined;
        const refused = error instanceof WidgetError && error.code === "origin-not-allowed";
        this.#showNote(
          refused ? words.refused : words.unreachable,
          refused ? error.message : words.unreachableNext,
          refused ? undefined : words.again,
        );
        this.#fail(error);
      }
      throw error;
    }
  }

  #remove() {
    this.#turn += 1;
    this.#dark.removeEventListener("change", this.#follow);
    this.#settle((search) => search.reject(new WidgetError("removed", "The widget was removed from the page.")));
    this.#mounting = this.#root = this.#dialog = this.#input = undefined;
    this.#mounted?.unmount();
    this.#mounted = undefined;
    this.#shadow.replaceChildren();
    this.#shadow.adoptedStyleSheets = ownStyle ? [ownStyle] : [];
  }

  // Telling.

  /** @param {string} name @param {object} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }

  /** @param {unknown} error */
  #fail(error) {
    const known = error instanceof WidgetError ? error : new WidgetError("widget-failed", String(error));
    console.error(`<shop-the-look>: ${known.message}`);
    // First, so that a listener which begins another search does not replace one that has failed.
    this.#settle((search) => search.reject(known));
    if (known.code !== "not-connected") this.#tell("stl-error", known.detail);
  }

  /** @param {(search: Search) => void} how */
  #settle(how) {
    const search = this.#current;
    this.#current = undefined;
    if (search) how(search);
  }

  /** A page that listens to events need not also catch. @template T @param {Promise<T>} promise */
  #quietly(promise) {
    promise.catch(() => {});
    return promise;
  }
}

// A page may load the module twice, as a script and as an import of a bundle.
if (!customElements.get("shop-the-look")) customElements.define("shop-the-look", ShopTheLook);
