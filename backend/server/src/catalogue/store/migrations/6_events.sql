-- Events of shoppers as counts, an hour (hours since 1970 in UTC) each. Nothing of it identifies anybody.
-- `position` is 0 and `rule` and `variant` are empty where an event has none.
CREATE TABLE events (
    hour INTEGER NOT NULL,
    kind TEXT NOT NULL,
    position INTEGER NOT NULL,
    rule TEXT NOT NULL,
    variant TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (hour, kind, position, rule, variant)
) STRICT, WITHOUT ROWID;
-- The same by product. `product` is empty for those beyond the products that are told apart in an hour.
CREATE TABLE product_events (
    hour INTEGER NOT NULL,
    product TEXT NOT NULL,
    kind TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (hour, product, kind)
) STRICT, WITHOUT ROWID;
