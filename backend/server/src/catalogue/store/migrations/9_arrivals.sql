-- When each product came to the catalogue, in seconds since 1970; 0 for those that were there before this table.
CREATE TABLE arrivals (
    id TEXT PRIMARY KEY,
    came_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO arrivals (id, came_s) SELECT id, 0 FROM products;
