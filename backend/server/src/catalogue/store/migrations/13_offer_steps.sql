-- The articles whose offers a publication has other than the one before it, so that a server that has that one reads only these. One row a publication:
-- many rows that come and go would burden what mirrors the database.
CREATE TABLE offer_steps (
    mark TEXT PRIMARY KEY,
    former_mark TEXT NOT NULL,
    market TEXT NOT NULL,
    count INTEGER NOT NULL,
    -- A JSON list of ids.
    products TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- So that a change of offers finds its articles by the id of a group or a variant without reading all.
CREATE INDEX products_of_group ON products (market, item_group);
CREATE INDEX variants_by_id ON variants (market, id);
