-- How the products of the last import got their categories. `category` is empty for products that were left out, `pattern` is that of the
-- shop's own table if it decided, `example` the name of one of the products.
CREATE TABLE category_counts (
    place INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    category TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    pattern TEXT NOT NULL,
    classification TEXT NOT NULL,
    example TEXT NOT NULL
) STRICT;
