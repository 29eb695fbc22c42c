-- Which publication this is: two catalogues with the same version number differ in it.
ALTER TABLE published ADD COLUMN publication TEXT NOT NULL DEFAULT '';
UPDATE published SET publication = lower(hex(randomblob(16)));
-- What the addresses of a feed held when they were fetched.
CREATE TABLE pictures (
    address TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL,
    etag TEXT,
    last_modified TEXT
) STRICT, WITHOUT ROWID;
-- Imports that the administration started, as JSON. The numbers are never used again.
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job TEXT NOT NULL
) STRICT;
