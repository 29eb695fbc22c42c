-- The feeds that are fetched on schedule: what came of the last try, and what the imported feed was.
CREATE TABLE feeds (
    url TEXT PRIMARY KEY,
    state TEXT NOT NULL
) STRICT, WITHOUT ROWID;
