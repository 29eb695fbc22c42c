// The types of `<shop-the-look>`, `<shop-the-look-outfit>` and `<shop-the-look-similar>`. See docs/widget.md.
//
//   /// <reference types="…/widget.d.ts" />   or copy this file beside your sources.

/** A kind of garment. */
export type Category = "blazers" | "dresses" | "jumpers" | "shirts" | "skirts" | "trousers" | "t-shirts" | "tops";

/** Why there is no result. */
export type WidgetErrorCode =
  // The picture
  | "not-a-picture"
  | "unreadable"
  | "undecodable"
  | "damaged"
  | "truncated"
  | "too-many-pixels"
  | "heic"
  | "too-large"
  | "empty"
  | "no-person"
  /** Nobody is seen, and this is likely why. */
  | "blurred"
  | "too-dark"
  | "too-small"
  /** The server takes no pictures: set `send` to `numbers`. */
  | "only-numbers"
  /** The server has been renewed since the page was loaded. */
  | "outdated"
  /** Everything was erased from the cut-out. */
  | "nothing-left"
  /** `searchFrom`: the browser does not let the page read this picture. */
  | "picture-not-readable"
  // The server
  /** The page's origin is none of the server's `--allow-origin`. */
  | "origin-not-allowed"
  | "server-unreachable"
  | "offline"
  | "server-busy"
  | "slow"
  | "refused"
  | "gone"
  | "server-error"
  // The browser
  | "unsupported-browser"
  | "worker-failed"
  | "widget-failed"
  // Promises only: no `stl-error` goes with these
  | "replaced"
  | "removed"
  | "not-connected";

/** What it costs. */
export interface Price {
  amount_minor: number;
  /** ISO 4217. */
  currency: string;
}

/** A product as the API describes it (`/api/v1/openapi.json`). */
export interface Product {
  id: string;
  title: string;
  description?: string;
  link: string;
  image_url: string;
  /** Paths of its further pictures on the server. */
  further_pictures?: string[];
  /** Of several sizes that of the cheapest one that can be bought. */
  price: Price;
  /** That of the most expensive one, if it is another. */
  highest_price?: Price;
  regular_price?: Price;
  price_valid_until?: string;
  availability: "in_stock" | "out_of_stock" | "preorder" | "backorder";
  /** Those that can be bought, from small to large, at most 40. */
  sizes?: string[];
  brand?: string;
  color?: string;
  gender?: string;
  product_type?: string;
  category: Category;
  category_predicted?: boolean;
}

/** A product as an answer to a search. */
export interface Card extends Product {
  /** Comparable within one answer only. */
  score: number;
}

/** A row: for a garment that was seen, or of a category that was not. */
export interface CategoryCards {
  /** The garment's most probable category. */
  category: Category;
  /** The categories that the garment is likely of, the most probable first: its cards are of all of them. */
  likely?: { category: Category; probability: number }[];
  /** Best first: those that are shown at first. */
  cards: Card[];
  /** The next best products; their cards are fetched when a visitor wants to see them. */
  further?: { id: string; score: number }[];
  /** Whether even its best product resembles the garment less than worn products mostly do. */
  weak?: boolean;
  /** The garment in the cut-out: its box in pixels, its layer of clothes, and whether it looks like a coat or jacket. */
  garment?: {
    left: number;
    top: number;
    width: number;
    height: number;
    share: number;
    layer: "upper" | "outer" | "lower" | "whole";
    outerwear: boolean;
  };
}

/** A picture in which somebody wears a product with others. */
export interface ProductLook {
  /** Its path on the server. */
  picture: string;
  /** A row for each of the other garments: products that are similar to it. */
  categories: CategoryCards[];
}

/** An event for the shop's counts. */
export interface ShopEvent {
  kind: "shown" | "opened" | "basket";
  /** The product's id. */
  product: string;
  /** Its rank in its row, from 1. */
  position?: number;
  /** The shop's name of the variant that was shown. */
  variant?: string;
}

/** The answer of `/api/v1/products/ID/looks`. */
export interface ProductLooks {
  /** At most one. */
  looks: ProductLook[];
}

/** The answer of `/api/v1/products/ID/similar`. */
export interface SimilarProducts {
  /** One row, of the product's category. */
  categories: CategoryCards[];
}

/** `stl-ready`. */
export interface ReadyDetail {
  api: string;
}

/** `stl-segmented`: of the cut-out, numbers only. */
export interface SegmentedDetail {
  width: number;
  height: number;
  /** Share of the pixels that belong to the person, 0 to 1. */
  coverage: number;
  /** Of the cut-out and its map; with `send` = `numbers` they stay on the device. */
  bytes: number;
  duration_ms: number;
}

/** `stl-results`. */
export interface ResultsDetail {
  categories: CategoryCards[];
  /** Whether the server counts events. */
  events?: boolean;
  articles_scored: number;
  /** Parts of the catalogue that could not be searched; missing if all were. */
  missing_shards?: string[];
  timing: { decode_ms: number; encode_ms: number; match_ms: number; cards_ms: number };
  /** The article that was searched with, in place of a photo. */
  similar_to?: string;
  round_trip_ms: number;
}

/** `stl-results` of `<shop-the-look-outfit>`. */
export interface OutfitResultsDetail {
  /** The product whose picture was looked at. */
  worn_with: string;
  /** The picture's path on the server; none if no picture shows the product with another garment. */
  picture?: string;
  /** Empty without such a picture: the element shows nothing. */
  categories: CategoryCards[];
}

/** `stl-results` of `<shop-the-look-similar>`. */
export interface SimilarResultsDetail {
  /** The product that the others are similar to. */
  similar_to: string;
  /** One row, whose cards may be none: the element then shows nothing. */
  categories: CategoryCards[];
}

/** `stl-product-click`. */
export interface ProductClickDetail {
  product: Product;
  category: Category;
  /** Rank within its category, from 1; none for the article that similar ones are shown of. */
  position?: number;
}

/** `stl-error`. */
export interface ErrorDetail {
  code: WidgetErrorCode;
  message: string;
  /** The server's own words, in English. */
  detail?: string;
  next: string;
}

/** What the methods reject with. */
export interface ShopTheLookError extends Error {
  /** `AbortError` with the codes `replaced` and `removed`: the search was given up, and did not fail. */
  name: "ShopTheLookError" | "AbortError";
  code: WidgetErrorCode;
}

/** The element's events; all bubble and cross shadow trees. */
export interface ShopTheLookEventMap {
  "stl-consent": CustomEvent<Record<string, never>>;
  "stl-ready": CustomEvent<ReadyDetail>;
  "stl-segmented": CustomEvent<SegmentedDetail>;
  "stl-results": CustomEvent<ResultsDetail>;
  /** Cancelled, it keeps the browser from following the product's link. */
  "stl-product-click": CustomEvent<ProductClickDetail>;
  "stl-error": CustomEvent<ErrorDetail>;
}

/** The element. */
export interface ShopTheLookElement extends HTMLElement {
  /** The server's address; the loader's own if the attribute is absent. */
  api: string;
  theme: "light" | "dark" | "auto";
  categories: string[];
  limit: number | null;
  mode: "inline" | "dialog";
  consent: "ask" | "given";
  /** `numbers`: no picture is sent, only numbers that the visitor's browser computes of the cutout. */
  send: "pictures" | "numbers";
  /** The shop's name of a variant, which events carry if the server counts them. */
  variant: string;
  /** The market that is searched, as the shop's import names it; the first one if empty. */
  market: string;
  /** Counts that the shop's page has put a product into the basket, if the server counts events. */
  basket(product: string): void;
  /** Loads and shows the widget; with `consent="ask"` it waits until the visitor agrees. Rejects with `removed`. */
  open(): Promise<void>;
  close(): void;
  /** Takes the place of a search that is under way, whose promise then rejects as `replaced`. */
  search(photo: Blob): Promise<ResultsDetail>;
  searchFrom(image: HTMLImageElement): Promise<ResultsDetail>;
  addEventListener<K extends keyof ShopTheLookEventMap>(
    type: K,
    listener: (this: ShopTheLookElement, event: ShopTheLookEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** The events of an element of a product's page; all bubble and cross shadow trees. */
export interface ProductElementEventMap<Results> {
  "stl-results": CustomEvent<Results>;
  /** Cancelled, it keeps the browser from following the product's link. */
  "stl-product-click": CustomEvent<ProductClickDetail>;
  "stl-error": CustomEvent<ErrorDetail>;
}

/** An element of a product's page. */
export interface ProductElement<Results> extends HTMLElement {
  /** The product's id in the catalogue. */
  product: string;
  /** The server's address; the loader's own if the attribute is absent. */
  api: string;
  theme: "light" | "dark" | "auto";
  /** Products of a row; 12 if it is `null`. */
  limit: number | null;
  /** The shop's name of a variant, which events carry if the server counts them. */
  variant: string;
  /** The market that is searched, as the shop's import names it; the first one if empty. */
  market: string;
  /** Counts that the shop's page has put a product into the basket, if the server counts events. */
  basket(product: string): void;
  addEventListener<K extends keyof ProductElementEventMap<Results>>(
    type: K,
    listener: (this: ProductElement<Results>, event: ProductElementEventMap<Results>[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** What is similar to what is worn with a product. */
export type ShopTheLookOutfitEventMap = ProductElementEventMap<OutfitResultsDetail>;
export type ShopTheLookOutfitElement = ProductElement<OutfitResultsDetail>;

/** What is similar to a product. */
export type ShopTheLookSimilarEventMap = ProductElementEventMap<SimilarResultsDetail>;
export type ShopTheLookSimilarElement = ProductElement<SimilarResultsDetail>;

declare global {
  interface HTMLElementTagNameMap {
    "shop-the-look": ShopTheLookElement;
    "shop-the-look-outfit": ShopTheLookOutfitElement;
    "shop-the-look-similar": ShopTheLookSimilarElement;
  }
  interface GlobalEventHandlersEventMap extends ShopTheLookEventMap {}
}
