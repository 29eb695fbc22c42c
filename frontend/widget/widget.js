// @ts-check
/**
 * The widget's loader, which a shop's page includes. Defines `<shop-the-look>` and `<shop-the-look-outfit>`; leaves no global name,
 * cookie or stored value.
 * The build bundles it with what it imports into one file.
 */

import { ShopTheLook } from "./element.js";
import { ShopTheLookOutfit } from "./outfit.js";

// A page may load the module twice, as a script and as an import of a bundle.
if (!customElements.get("shop-the-look")) customElements.define("shop-the-look", ShopTheLook);
if (!customElements.get("shop-the-look-outfit")) customElements.define("shop-the-look-outfit", ShopTheLookOutfit);
