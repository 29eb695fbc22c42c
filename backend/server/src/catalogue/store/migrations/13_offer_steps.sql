-- The articles whose offers a publication has other than the one before it, so that a server that has that one reads only these.
CREATE TABLE offer_steps (
    mark TEXT NOT NULL,
    market TEXT NOT NULL,
    product TEXT NOT NULL,
    former_mark TEXT NOT NULL,
    PRIMARY KEY (mark, market, product)
) STRICT, WITHOUT ROWID;
