-- The products, and which feature file belongs to them.
CREATE TABLE published (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    version INTEGER NOT NULL,
    features_file TEXT NOT NULL
) STRICT;
CREATE TABLE products (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    link TEXT NOT NULL,
    price_amount_minor INTEGER NOT NULL,
    price_currency TEXT NOT NULL,
    availability TEXT NOT NULL,
    brand TEXT NOT NULL,
    color TEXT NOT NULL,
    gender TEXT NOT NULL,
    product_type TEXT NOT NULL,
    category TEXT NOT NULL,
    picture_sha256 TEXT NOT NULL
) STRICT, WITHOUT ROWID;
