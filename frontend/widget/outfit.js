// @ts-check
/**
 * `<shop-the-look-outfit product="ID">`. In: a product's id. Out: products that are similar to what is worn with it in the shop's own
 * picture. Without such a picture it stays empty.
 *
 * @typedef {import("./widget.d.ts").ProductLooks} ProductLooks
 */

import { lookView } from "./outfit_views.js";
import { ProductElement } from "./product_element.js";

/** @extends {ProductElement<ProductLooks>} */
export class ShopTheLookOutfit extends ProductElement {
  asked = "looks";

  /** @param {ProductLooks} answer @param {import("./row_views.js").Context} context */
  read({ looks }, context) {
    const [look] = looks;
    return {
      views: looks.map((each) => lookView(each, context)),
      detail: { worn_with: this.product, picture: look?.picture, categories: look?.categories ?? [] },
    };
  }
}
