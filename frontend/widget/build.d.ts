// What the build inserts into the loader.

/** The bundled `start.css`. */
declare const STL_STYLE: string;

/** The bundled `product.css`. */
declare const STL_PRODUCT_STYLE: string;

/** The loader's words by language, from `frontend/locales`. */
declare const STL_WORDS: object;
