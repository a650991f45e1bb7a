-- The state of one Gemba server. docs/formats/state.md describes each table.
-- Times are microseconds since 1970, UTC. "body" is the whole noun in JSON;
-- the columns beside it are copies for queries.

CREATE TABLE ledger (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id  TEXT NOT NULL
) STRICT;

CREATE TABLE events (
    seq     INTEGER PRIMARY KEY,
    time    INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    subject TEXT NOT NULL,
    run     INTEGER NOT NULL,
    leaf    BLOB NOT NULL
) STRICT;
CREATE INDEX events_kind ON events (kind);
CREATE INDEX events_subject ON events (subject);
CREATE INDEX events_run ON events (run) WHERE run <> 0;

CREATE TABLE tree_hashes (
    idx  INTEGER PRIMARY KEY,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE tree_heads (
    size INTEGER PRIMARY KEY,
    head BLOB NOT NULL
) STRICT;

CREATE TABLE runs (
    id      INTEGER PRIMARY KEY,
    service TEXT NOT NULL,
    over    INTEGER NOT NULL,
    body    TEXT NOT NULL
) STRICT;
CREATE INDEX runs_service ON runs (service);
CREATE INDEX runs_unfinished ON runs (id) WHERE over = 0;

-- Apart from runs, so that saving a run does not write its plan again.
CREATE TABLE plans (
    run  INTEGER PRIMARY KEY REFERENCES runs (id),
    plan BLOB
) STRICT;

CREATE TABLE steps (
    run  INTEGER NOT NULL REFERENCES runs (id),
    idx  INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (run, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE releases (
    environment TEXT NOT NULL,
    service     TEXT NOT NULL,
    id          TEXT NOT NULL,
    body        TEXT NOT NULL,
    newest      TEXT NOT NULL, -- the newest commit, in JSON; takes the place of the body's
    PRIMARY KEY (environment, service, id)
) STRICT;

CREATE TABLE placements (
    n           INTEGER PRIMARY KEY,
    environment TEXT NOT NULL,
    service     TEXT NOT NULL,
    release     TEXT NOT NULL,
    body        TEXT NOT NULL,
    FOREIGN KEY (environment, service, release) REFERENCES releases (environment, service, id)
) STRICT;
CREATE INDEX placements_place ON placements (environment, service, release);

CREATE TABLE ports (
    environment TEXT NOT NULL,
    service     TEXT NOT NULL,
    port        INTEGER NOT NULL UNIQUE,
    PRIMARY KEY (environment, service)
) STRICT;

CREATE TABLE artifacts (
    n       INTEGER PRIMARY KEY,
    digest  TEXT NOT NULL UNIQUE,
    service TEXT NOT NULL,
    key     TEXT NOT NULL,
    body    TEXT NOT NULL
) STRICT;
CREATE INDEX artifacts_key ON artifacts (service, key);

CREATE TABLE builds (
    run  INTEGER PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE suites (
    n       INTEGER PRIMARY KEY,
    run     INTEGER NOT NULL,
    service TEXT NOT NULL,
    key     TEXT NOT NULL,
    suite   TEXT NOT NULL,
    passed  INTEGER NOT NULL,
    results TEXT NOT NULL,
    UNIQUE (run, suite)
) STRICT;
CREATE INDEX suites_key ON suites (service, key, suite);

CREATE TABLE declarations (
    n     INTEGER PRIMARY KEY,
    scope TEXT NOT NULL,
    body  TEXT NOT NULL
) STRICT;
CREATE INDEX declarations_scope ON declarations (scope);

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
