-- What an article shares with its other colours, Google's `item_group_id`.
ALTER TABLE products ADD COLUMN item_group TEXT NOT NULL DEFAULT '';
-- The sizes of articles, in the feed's order, each with its own offer in the article's currency. `market` is empty: the catalogue has one.
CREATE TABLE variants (
    product TEXT NOT NULL,
    market TEXT NOT NULL DEFAULT '',
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
    PRIMARY KEY (product, market, place)
) STRICT, WITHOUT ROWID;
