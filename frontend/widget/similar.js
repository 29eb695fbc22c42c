// @ts-check
/**
 * `<shop-the-look-similar product="ID">`. In: a product's id. Out: a row of the products that are most similar to it. If there are none, it
 * stays empty.
 *
 * @typedef {import("./widget.d.ts").SimilarProducts} SimilarProducts
 */

import { ProductElement } from "./product_element.js";
import { rowView } from "./row_views.js";

/** @extends {ProductElement<SimilarProducts>} */
export class ShopTheLookSimilar extends ProductElement {
  asked = "similar";

  /** @param {SimilarProducts} answer @param {import("./row_views.js").Context} context */
  read({ categories }, context) {
    const rows = categories.filter(({ cards }) => cards.length > 0);
    return {
      views: rows.map((row, at) => rowView(row, `row-${at}`, "h2", context.words.similar, context)),
      detail: { similar_to: this.product, categories },
    };
  }
}
