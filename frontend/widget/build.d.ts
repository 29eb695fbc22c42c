// What the build inserts into the loader.

/** The bundled `start.css`. */
declare const STL_STYLE: string;

/** `outfit.css`. */
declare const STL_OUTFIT_STYLE: string;

/** The loader's words by language, from `frontend/locales`. */
declare const STL_WORDS: object;
