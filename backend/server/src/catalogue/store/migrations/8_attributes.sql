-- Further attributes that shops filter by. `labels` is a JSON object of names and texts.
ALTER TABLE products ADD COLUMN age_group TEXT NOT NULL DEFAULT '';
ALTER TABLE products ADD COLUMN material TEXT NOT NULL DEFAULT '';
ALTER TABLE products ADD COLUMN pattern TEXT NOT NULL DEFAULT '';
ALTER TABLE products ADD COLUMN labels TEXT NOT NULL DEFAULT '{}';
