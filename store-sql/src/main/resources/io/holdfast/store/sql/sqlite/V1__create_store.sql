-- One row for each key. Blobs compare as unsigned bytes. Tables with values keep their row ids:
-- without, rows of about 1,000 bytes and more took three times the room and the time to write, and
-- counting read the values.
CREATE TABLE ${prefix}entries (
  entry_key BLOB NOT NULL PRIMARY KEY,
  entry_value BLOB NOT NULL,
  created INTEGER NOT NULL,
  modified INTEGER NOT NULL
);

-- The history: what each commit that is kept did, and at revision 0, with an empty key, the creation.
-- The changes of a commit are numbered from 0. A deletion has neither value nor creation. Token and
-- time are those of the commit, the same in all of its rows.
CREATE TABLE ${prefix}changes (
  revision INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  entry_key BLOB NOT NULL,
  entry_value BLOB,
  created INTEGER,
  token INTEGER NOT NULL,
  committed_at INTEGER NOT NULL,
  PRIMARY KEY (revision, seq)
);

-- What was removed, by key; what was written can be told from the entries. An index of all changes
-- would be one more page to write for each.
CREATE INDEX ${prefix}removals ON ${prefix}changes (entry_key, revision)
  WHERE entry_value IS NULL;

-- One row for each writer that had to find out what became of a commit.
CREATE TABLE ${prefix}lanes (
  id BLOB NOT NULL PRIMARY KEY,
  sequence INTEGER NOT NULL,
  token INTEGER,
  first_revision INTEGER,
  succeeded BLOB
) WITHOUT ROWID;

-- One row: the counter that orders the commits and the token of the last one, so that a read finds
-- its position in one place, the oldest revision a watch can resume from, and the form of these
-- tables, which is the number of the last migration.
CREATE TABLE ${prefix}meta (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  format INTEGER NOT NULL,
  incarnation TEXT NOT NULL,
  revision INTEGER NOT NULL,
  token INTEGER NOT NULL,
  oldest INTEGER NOT NULL
);

INSERT INTO ${prefix}meta (id, format, incarnation, revision, token, oldest)
VALUES (1, 1, '${incarnation}', 0, ${token}, 0);

INSERT INTO ${prefix}changes (revision, seq, entry_key, token, committed_at)
VALUES (0, 0, x'', ${token}, ${now});
