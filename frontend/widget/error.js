// @ts-check
/**
 * Errors with a code that a program can read. In: what failed. Out: what methods reject with and `stl-error` carries.
 *
 * @typedef {import("./widget.d.ts").WidgetErrorCode} ErrorCode
 */

export class WidgetError extends Error {
  /**
   * @param {ErrorCode} code
   * @param {string} message what happened
   * @param {string} next what to do
   */
  constructor(code, message, next = "") {
    super(next ? `${message} ${next}` : message);
    // Browsers use `AbortError` for what was given up and did not fail.
    this.name = code === "replaced" || code === "removed" ? "AbortError" : "ShopTheLookError";
    this.code = code;
    this.detail = { code, message, next };
  }
}

export const removed = () => new WidgetError("removed", "The widget was removed from the page.");
export const notConnected = () => new WidgetError("not-connected", "The widget is not in the page.");
export const replaced = () => new WidgetError("replaced", "Another search replaced this one.");

/**
 * A promise whose rejection needs no handler: a page that listens to events need not also catch.
 *
 * @template T @param {Promise<T>} promise
 */
export const withoutUnhandled = (promise) => {
  promise.catch(() => {});
  return promise;
};
