-- Sales with their period (seconds since 1970 in UTC), and categories that FashionDNA predicted.
ALTER TABLE products ADD COLUMN category_predicted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE products ADD COLUMN sale_amount_minor INTEGER;
ALTER TABLE products ADD COLUMN sale_from_s INTEGER;
ALTER TABLE products ADD COLUMN sale_until_s INTEGER;
