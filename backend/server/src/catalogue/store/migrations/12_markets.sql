-- The markets of a shop, in the order in which they came. A catalogue without markets has one without a name.
CREATE TABLE markets (
    place INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO markets (place, name) SELECT 1, '' WHERE EXISTS (SELECT 1 FROM products);
-- A product has a row for each market that sells it. Its pictures and its category are the same in all of them.
CREATE TABLE products_by_market (
    market TEXT NOT NULL,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    link TEXT NOT NULL,
    price_amount_minor INTEGER NOT NULL,
    price_currency TEXT NOT NULL,
    sale_amount_minor INTEGER,
    sale_from_s INTEGER,
    sale_until_s INTEGER,
    availability TEXT NOT NULL,
    brand TEXT NOT NULL,
    color TEXT NOT NULL,
    gender TEXT NOT NULL,
    product_type TEXT NOT NULL,
    age_group TEXT NOT NULL,
    material TEXT NOT NULL,
    pattern TEXT NOT NULL,
    labels TEXT NOT NULL,
    item_group TEXT NOT NULL,
    category TEXT NOT NULL,
    category_predicted INTEGER NOT NULL,
    picture_sha256 TEXT NOT NULL,
    further_pictures TEXT NOT NULL,
    PRIMARY KEY (market, id)
) STRICT, WITHOUT ROWID;
INSERT INTO products_by_market (
    market, id, title, description, link, price_amount_minor, price_currency, sale_amount_minor, sale_from_s, sale_until_s, availability,
    brand, color, gender, product_type, age_group, material, pattern, labels, item_group, category, category_predicted, picture_sha256,
    further_pictures
) SELECT
    '', id, title, description, link, price_amount_minor, price_currency, sale_amount_minor, sale_from_s, sale_until_s, availability,
    brand, color, gender, product_type, age_group, material, pattern, labels, item_group, category, category_predicted, picture_sha256,
    further_pictures
FROM products ORDER BY id;
DROP TABLE products;
ALTER TABLE products_by_market RENAME TO products;
CREATE TABLE variants_by_market (
    market TEXT NOT NULL,
    product TEXT NOT NULL,
    place INTEGER NOT NULL,
    id TEXT NOT NULL,
    size TEXT NOT NULL,
    size_system TEXT NOT NULL,
    gtin TEXT NOT NULL,
    link TEXT NOT NULL,
    price_amount_minor INTEGER NOT NULL,
    sale_amount_minor INTEGER,
    sale_from_s INTEGER,
    sale_until_s INTEGER,
    availability TEXT NOT NULL,
    PRIMARY KEY (market, product, place)
) STRICT, WITHOUT ROWID;
INSERT INTO variants_by_market (
    market, product, place, id, size, size_system, gtin, link, price_amount_minor, sale_amount_minor, sale_from_s, sale_until_s, availability
) SELECT
    market, product, place, id, size, size_system, gtin, link, price_amount_minor, sale_amount_minor, sale_from_s, sale_until_s, availability
FROM variants ORDER BY market, product, place;
DROP TABLE variants;
ALTER TABLE variants_by_market RENAME TO variants;
-- When a product came to each market.
CREATE TABLE arrivals_by_market (
    market TEXT NOT NULL,
    id TEXT NOT NULL,
    came_s INTEGER NOT NULL,
    PRIMARY KEY (market, id)
) STRICT, WITHOUT ROWID;
INSERT INTO arrivals_by_market (market, id, came_s) SELECT '', id, came_s FROM arrivals ORDER BY id;
DROP TABLE arrivals;
ALTER TABLE arrivals_by_market RENAME TO arrivals;
-- What the addresses of each market's feed held.
CREATE TABLE pictures_by_market (
    market TEXT NOT NULL,
    address TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    etag TEXT,
    last_modified TEXT,
    PRIMARY KEY (market, address)
) STRICT, WITHOUT ROWID;
INSERT INTO pictures_by_market (market, address, sha256, etag, last_modified)
    SELECT '', address, sha256, etag, last_modified FROM pictures ORDER BY address;
DROP TABLE pictures;
ALTER TABLE pictures_by_market RENAME TO pictures;
ALTER TABLE category_counts ADD COLUMN market TEXT NOT NULL DEFAULT '';
