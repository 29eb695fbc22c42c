-- SHA-256 of each further picture of a product, in the feed's order, with spaces between them.
ALTER TABLE products ADD COLUMN further_pictures TEXT NOT NULL DEFAULT '';
