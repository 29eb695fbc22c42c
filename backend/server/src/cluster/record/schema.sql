CREATE SCHEMA IF NOT EXISTS shop_the_look;
-- The record itself, one row. `change` counts changes; who knows none from `oldest` on reads everything.
CREATE TABLE shop_the_look.record (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    layout integer NOT NULL,
    migrations integer NOT NULL,
    catalogue text NOT NULL,
    change bigint NOT NULL,
    oldest bigint NOT NULL
);
-- Rows that a change has deleted; `row_key` is a JSON list.
CREATE TABLE shop_the_look.record_deleted (
    table_name text NOT NULL,
    row_key text NOT NULL,
    record_change bigint NOT NULL
);
CREATE INDEX ON shop_the_look.record_deleted (record_change);
-- The files of the catalogue's folder, each with the SHA-256 that names its object.
CREATE TABLE shop_the_look.record_files (
    name text COLLATE "C" PRIMARY KEY,
    sha256 text NOT NULL,
    size_bytes bigint NOT NULL,
    record_change bigint NOT NULL
);
CREATE INDEX ON shop_the_look.record_files (record_change);
CREATE INDEX ON shop_the_look.record_files (sha256);
-- Objects that no file names any more, and since when. They are deleted after a day: a replica may still fetch them.
CREATE TABLE shop_the_look.record_garbage (
    sha256 text PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT now()
);
-- The import that runs, and its pictures. A row of an import is deleted when it ends.
CREATE TABLE shop_the_look.record_imports (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    network_sha256 text NOT NULL,
    begun timestamptz NOT NULL DEFAULT now()
);
-- Jobs, each of several pictures. A job is taken by a worker until `lease_until`; after `attempts` too many it is `dead`.
CREATE TABLE shop_the_look.record_jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    import bigint NOT NULL REFERENCES shop_the_look.record_imports ON DELETE CASCADE,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'taken', 'done', 'dead')),
    pictures text NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    worker text NOT NULL DEFAULT '',
    lease_until timestamptz,
    not_before timestamptz NOT NULL DEFAULT now(),
    fault text NOT NULL DEFAULT ''
);
CREATE INDEX ON shop_the_look.record_jobs (import, state, id);
-- What came of each picture: `place` in the import's list, the feature as float32 in little-endian order, and `report` as JSON.
CREATE TABLE shop_the_look.record_encoded (
    import bigint NOT NULL REFERENCES shop_the_look.record_imports ON DELETE CASCADE,
    place bigint NOT NULL,
    feature bytea,
    report text NOT NULL,
    PRIMARY KEY (import, place)
);
