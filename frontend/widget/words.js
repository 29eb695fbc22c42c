// @ts-check
/**
 * Texts of the loader. In: a language. Out: its texts; the program has its own.
 *
 * @typedef {"title" | "promise" | "promise_numbers" | "choose" | "close" | "again" | "consent" | "agree" | "loading" | "unreachable"
 *   | "unreachable_next" | "refused" | "worn" | "worn_picture" | "worn_note" | "similar" | "weak" | "back" | "on" | "new_tab" | "was" | "from" | "sizes"
 *   | `category_${import("./widget.d.ts").Category}` | `availability_${Exclude<import("./widget.d.ts").Product["availability"], "in_stock">}`} Id
 * @typedef {Record<Id, string>} Words
 */

/** Words by language, from `frontend/locales`: the build replaces this name. @type {{ en: Words, [language: string]: Words }} */
const ALL = /** @type {any} */ (STL_WORDS);

/** The language of a BCP 47 tag that there are words in, else English. @param {string} tag */
export const languageFor = (tag) => {
  const language = tag.toLowerCase().split("-")[0];
  return Object.hasOwn(ALL, language) ? language : "en";
};

/** The words of a BCP 47 tag, English if there are none. @param {string} tag */
export const wordsOf = (tag) => ALL[languageFor(tag)];

/** What the visitor agrees to before a program is loaded from `host`. @param {Words} words @param {string} host */
export const consentText = (words, host) => words.consent.replace("{ $host }", host);
