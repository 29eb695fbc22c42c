// @ts-check
/**
 * Texts of the loader. In: a language. Out: its texts; the program has its own.
 *
 * @typedef {"title" | "promise" | "choose" | "close" | "again" | "consent" | "agree" | "loading" | "unreachable"
 *   | "unreachable_next" | "refused"} Id
 * @typedef {Record<Id, string>} Words
 */

/** Words by language, from `frontend/locales`: the build replaces this name. @type {{ en: Words, [language: string]: Words }} */
const ALL = /** @type {any} */ (STL_WORDS);

/** The words of a BCP 47 tag, English if there are none. @param {string} tag */
export const wordsOf = (tag) => {
  const language = tag.toLowerCase().split("-")[0];
  return Object.hasOwn(ALL, language) ? ALL[language] : ALL.en;
};

/** What the visitor agrees to before a program is loaded from `host`. @param {Words} words @param {string} host */
export const consentText = (words, host) => words.consent.replace("{ $host }", host);
