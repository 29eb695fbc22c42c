// @ts-check
/**
 * The widget's loader, which a shop's page includes. Defines `<shop-the-look>`, `<shop-the-look-outfit>` and `<shop-the-look-similar>`;
 * leaves no global name, cookie or stored value.
 * The build bundles it with what it imports into one file.
 */

import { ShopTheLook } from "./element.js";
import { ShopTheLookOutfit } from "./outfit.js";
import { ShopTheLookSimilar } from "./similar.js";

/** @type {[string, CustomElementConstructor][]} */
const elements = [
  ["shop-the-look", ShopTheLook],
  ["shop-the-look-outfit", ShopTheLookOutfit],
  ["shop-the-look-similar", ShopTheLookSimilar],
];
for (const [name, element] of elements) {
  // A page may load the module twice, as a script and as an import of a bundle.
  if (!customElements.get(name)) customElements.define(name, element);
}
