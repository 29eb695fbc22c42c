-- Import jobs of administrations beside the table `jobs`: of one that runs, when its server was heard of last, and whether it is to end.
CREATE TABLE shop_the_look.record_job_runs (
    id bigint PRIMARY KEY,
    alive timestamptz NOT NULL DEFAULT now(),
    cancelled boolean NOT NULL DEFAULT false
);
-- The audit log: entries as JSON, of which the oldest make room.
CREATE TABLE shop_the_look.record_audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry text NOT NULL
);
