// @ts-check
/**
 * One search and the promise of its results. In: a photo, then events of the program. Out: the promise, settled once.
 *
 * @typedef {import("./widget.d.ts").ResultsDetail} Results
 */

import { withoutUnhandled } from "./error.js";

/** A promise that another call settles. */
export class Waiting {
  /** @type {() => void} */ resolve = () => {};
  /** @type {(error: Error) => void} */ reject = () => {};
  /** @type {Promise<void>} */ promise;

  constructor() {
    this.promise = withoutUnhandled(
      new Promise((resolve, reject) => {
        this.resolve = resolve;
        this.reject = reject;
      }),
    );
  }
}

export class Search {
  /** The photo, until the program has it. @type {Blob | undefined} */ photo;
  /** Whether the program has the photo: what it reports before belongs to another search. */
  isPassed = false;
  /** @type {(results: Results) => void} */ resolve = () => {};
  /** @type {(error: Error) => void} */ reject = () => {};
  /** @type {Promise<Results>} */ results;

  constructor() {
    this.results = withoutUnhandled(
      new Promise((resolve, reject) => {
        this.resolve = resolve;
        this.reject = reject;
      }),
    );
  }
}
