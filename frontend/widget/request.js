// @ts-check
/** Requests to the server. In: its address and a path. Out: responses, or an error that says what to do. */

import { WidgetError } from "./error.js";

/** Without credentials and without a referrer. */
export const anonymous = /** @type {const} */ ({ credentials: "omit", referrerPolicy: "no-referrer" });

/**
 * Asks the server.
 *
 * @param {string} base
 * @param {string} path
 * @param {RequestInit} [options]
 */
export const ask = async (base, path, options) => {
  const url = base + path;
  return fetch(url, { ...anonymous, ...options }).catch(async (error) => {
    // Given up by the caller: nothing is wrong with the server.
    if (options?.signal?.aborted) throw error;
    // Browsers do not say why a request failed. A request without CORS shows whether the server answers at all.
    const answers = await fetch(url, { ...anonymous, mode: "no-cors", cache: "no-store" }).catch(() => undefined);
    throw answers
      ? new WidgetError(
          "origin-not-allowed",
          `${base} does not allow pages of ${location.origin} to use it.`,
          `Its operator adds them by --allow-origin ${location.origin}.`,
        )
      : new WidgetError("server-unreachable", `${base} does not answer.`, String(error.message));
  });
};

/** Fetches a file, which must be there. @param {string} base @param {string} path @param {RequestInit} [options] */
export const get = async (base, path, options) => {
  const response = await ask(base, path, options);
  if (response.ok) return response;
  throw new WidgetError("server-error", `${base + path} answered with HTTP ${response.status}.`);
};
