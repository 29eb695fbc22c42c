// @ts-check
/** The administration's page: asks for the token, then shows one of its views. In: the address's fragment. Out: the document's body. */

import { Api, ApiError, keepToken, storedToken } from "./api.js";
import { el, field } from "./dom.js";
import { eventsView } from "./events.js";
import { feedsView } from "./feeds.js";
import { productsView } from "./products.js";
import { forgetDraft, rulesView } from "./rules.js";

const VIEWS = /** @type {const} */ ({ feeds: "Feeds", products: "Products", rules: "Rules", events: "Events" });

/** @param {string} [message] why the token is asked for again */
const signIn = (message) => {
  keepToken("");
  const token = el("input", { type: "password", autocomplete: "off", required: true, spellcheck: "false" });
  const said = el("p", { class: "bad", role: "alert" }, message);
  const form = el(
    "form",
    {
      class: "panel",
      submit: async (/** @type {Event} */ event) => {
        event.preventDefault();
        try {
          const api = new Api(token.value.trim());
          const stats = await api.get("/catalogue");
          keepToken(token.value.trim());
          open(stats);
        } catch (error) {
          const isWrong = error instanceof ApiError && error.status === 401;
          said.replaceChildren(
            isWrong ? "This is not the administration's token." : /** @type {Error} */ (error).message,
          );
          token.focus();
        }
      },
    },
    field("Token", token, "The value of SHOP_THE_LOOK_ADMIN_TOKEN on the server. It stays in this tab until the tab is closed."),
    said,
    el("button", {}, "Sign in"),
  );
  document.body.replaceChildren(el("main", { class: "narrow" }, el("h1", {}, "Administration"), form));
  token.focus();
};

/** @param {{ markets?: { name: string }[] }} stats */
const open = (stats) => {
  const api = new Api(storedToken(), () => signIn("The token is not accepted any more."));
  const names = (stats.markets ?? []).map(({ name }) => name);
  const market = el(
    "select",
    { change: () => show() },
    names.map((name) => el("option", { value: name }, name || "(no market)")),
  );
  const main = el("main", { id: "view", tabindex: "-1" });
  const links = Object.entries(VIEWS).map(([name, title]) => el("a", { href: `#${name}` }, title));
  let shown = 0;
  const show = async () => {
    const name = /** @type {keyof typeof VIEWS} */ (
      Object.hasOwn(VIEWS, location.hash.slice(1)) ? location.hash.slice(1) : "feeds"
    );
    for (const each of links) {
      if (each.hash === `#${name}`) each.setAttribute("aria-current", "page");
      else each.removeAttribute("aria-current");
    }
    const heading = el("h1", {}, VIEWS[name]);
    const number = (shown += 1);
    main.setAttribute("aria-busy", "true");
    try {
      const of = { feeds: feedsView, products: productsView, rules: rulesView, events: eventsView }[name];
      const view = await of(api, () => market.value);
      // Another view may have been chosen meanwhile.
      if (number !== shown) return;
      main.replaceChildren(heading, ...view.filter(Boolean));
    } catch (error) {
      if (number === shown && main.isConnected)
        main.replaceChildren(heading, el("p", { class: "bad", role: "alert" }, /** @type {Error} */ (error).message));
    }
    main.removeAttribute("aria-busy");
  };
  window.onhashchange = async () => {
    await show();
    main.focus();
  };
  const signOut = () => {
    if (!forgetDraft()) return;
    signIn();
  };
  document.body.replaceChildren(
    el(
      "a",
      {
        class: "skip",
        href: "#view",
        click: (/** @type {Event} */ event) => {
          event.preventDefault();
          main.focus();
        },
      },
      "Skip to the content",
    ),
    el(
      "header",
      {},
      el("p", { class: "name" }, "Shop the look"),
      el("nav", { "aria-label": "Views" }, links),
      names.length > 1 && field("Market", market),
      el("button", { type: "button", class: "quiet", click: signOut }, "Sign out"),
    ),
    main,
  );
  show();
};

const begin = async () => {
  if (!storedToken()) return signIn();
  try {
    open(await new Api(storedToken()).get("/catalogue"));
  } catch (error) {
    signIn(error instanceof ApiError && error.status !== 401 ? error.message : "The token is not accepted any more.");
  }
};
begin();
