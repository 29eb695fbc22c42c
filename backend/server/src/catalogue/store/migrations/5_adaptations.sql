-- Matches that were adapted to the shop's own pictures. `version` is that of the catalogue with which a match came, `former` the one that
-- served before (NULL: the shipped one), `networks` the SHA-256 of the networks that it fits, `weights` a safetensors file, `report` JSON.
CREATE TABLE adaptations (
    version INTEGER PRIMARY KEY,
    former INTEGER,
    networks TEXT NOT NULL,
    weights BLOB NOT NULL,
    report TEXT NOT NULL
) STRICT;
-- The one that serves; NULL: the shipped match.
ALTER TABLE published ADD COLUMN adaptation INTEGER;
