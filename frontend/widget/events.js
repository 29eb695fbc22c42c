// @ts-check
/**
 * Events for the shop's counts. In: cards and presses, of a server that says that it counts. Out: `POST /api/v1/events`. An event has what
 * happened, the product, its position and the shop's own name of a variant; nothing else.
 *
 * @typedef {import("./widget.d.ts").ShopEvent} ShopEvent
 * @typedef {import("./widget.d.ts").CategoryCards} Row
 */

import { anonymous } from "./request.js";

/** Cards come into sight together: one request for all of them. */
const WAIT_MS = 1000;

/** Events of one request; the server takes no more. */
const MOST = 100;

export class Events {
  /** @type {ShopEvent[]} */ #waiting = [];
  /** Positions by product, for what is put into the basket. @type {Map<string, number>} */ #positions = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  /** @type {IntersectionObserver} */ #sight;
  #send = () => this.send();

  /** @type {{ api: string, variant: string }} */ #element;

  /** @param {{ api: string, variant: string }} element of which the events are */
  constructor(element) {
    this.#element = element;
    this.#sight = new IntersectionObserver((entries) => this.#see(entries), { threshold: 0.5 });
    // A page that is left is hidden first.
    document.addEventListener("visibilitychange", this.#send);
  }

  /** Remembers the positions of cards. @param {Row[]} rows */
  know(rows) {
    for (const { cards } of rows) cards.forEach(({ id }, at) => this.#positions.set(id, at + 1));
  }

  /** Reports a card once, when half of it is in sight. @param {HTMLElement} card */
  watch(card) {
    this.#sight.observe(card);
  }

  /** @param {ShopEvent["kind"]} kind @param {string} product @param {number | undefined} [position] */
  add(kind, product, position = this.#positions.get(product)) {
    const { variant } = this.#element;
    this.#waiting.push({ kind, product, ...(position && { position }), ...(variant && { variant }) });
    this.#timer ??= setTimeout(this.#send, WAIT_MS);
  }

  /** Sends what waits. What cannot be sent is not counted. */
  send() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#waiting.length > 0) {
      const body = JSON.stringify({ events: this.#waiting.splice(0, MOST) });
      const headers = { "content-type": "application/json" };
      const request = { ...anonymous, method: "POST", headers, body, keepalive: true };
      fetch(`${this.#element.api}/api/v1/events`, request).catch(() => {});
    }
  }

  /** Sends what waits, and sees nothing more. */
  end() {
    this.send();
    this.#sight.disconnect();
    document.removeEventListener("visibilitychange", this.#send);
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #see(entries) {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      this.#sight.unobserve(target);
      const { productId, position } = /** @type {HTMLElement} */ (target).dataset;
      this.add("shown", productId ?? "", Number(position));
    }
  }
}
