-- Statements that change tables commit by themselves here, so each can be run again after one that
-- was cut short.

-- One row for each key. VARBINARY compares as unsigned bytes and trims nothing. A value of up to
-- 1600 bytes is the entry_value, a larger one the large_value, the other of the two is null: rows are
-- read in groups only without a LONGBLOB, and 10,000 small values, a whole page, need no bound.
CREATE TABLE IF NOT EXISTS ${prefix}entries (
  entry_key VARBINARY(2048) NOT NULL PRIMARY KEY,
  entry_value VARBINARY(1600),
  large_value LONGBLOB,
  created BIGINT NOT NULL,
  modified BIGINT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- The history: what each commit that is kept did, and at revision 0, with an empty key, the creation.
-- A deletion has neither value nor creation, and its key a second time, to be found by it; what was
-- written can be told from the entries. Token, volume and time are those of the commit, the same in
-- all of its rows. The volume is the bytes that were written before it, since the creation.
CREATE TABLE IF NOT EXISTS ${prefix}changes (
  revision BIGINT NOT NULL,
  entry_key VARBINARY(2048) NOT NULL,
  entry_value LONGBLOB,
  created BIGINT,
  removed_key VARBINARY(2048),
  token BIGINT NOT NULL,
  volume BIGINT NOT NULL,
  committed_at BIGINT NOT NULL,
  PRIMARY KEY (revision, entry_key),
  KEY removals (removed_key, revision)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- One row for each commit slot of a process. Every commit advances its slot's row, and so does who
-- must find out what became of a commit: who of the two was first has decided that. The row holds
-- the last winner: its token, the revision before its commits, and a byte for each of its requests.
CREATE TABLE IF NOT EXISTS ${prefix}lanes (
  id BINARY(16) NOT NULL PRIMARY KEY,
  sequence BIGINT NOT NULL,
  token BIGINT,
  first_revision BIGINT,
  succeeded LONGBLOB,
  used_at BIGINT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- One row: the counter that orders the commits with the token of the last one and the volume behind
-- it, so that a read and a commit find their position in one place, the oldest revision a watch can
-- resume from, the form of these tables, which is the number of the last migration, and which server
-- takes the writes: the epoch grows when another one does.
CREATE TABLE IF NOT EXISTS ${prefix}meta (
  id INT NOT NULL PRIMARY KEY,
  format INT NOT NULL,
  incarnation VARCHAR(36) CHARACTER SET ascii NOT NULL,
  revision BIGINT NOT NULL,
  token BIGINT NOT NULL,
  volume BIGINT NOT NULL,
  oldest BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  server VARCHAR(500) CHARACTER SET ascii NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

DELIMITER $$

-- Notes that a request is refused. p_verdicts is null as long as none is; then it holds ten
-- characters for each of p_count requests: 1 for a commit, 0 for a request that changes nothing, or
-- of the first check that fails 4 * (1 + check) + kind: 0 a condition does not hold, 1 another
-- history, 2 older than the history.
CREATE PROCEDURE IF NOT EXISTS ${prefix}refuse_1(
  p_request INT, p_verdict INT, p_count INT, INOUT p_verdicts LONGTEXT CHARACTER SET ascii)
CONTAINS SQL SQL SECURITY INVOKER
BEGIN
  DECLARE v_at INT DEFAULT 10 * p_request - 9;
  DECLARE v_known INT;
  SET p_verdicts = COALESCE(p_verdicts, REPEAT('         1', p_count));
  SET v_known = SUBSTRING(p_verdicts, v_at, 10);
  IF v_known = 1 OR p_verdict BETWEEN 1 AND v_known THEN
    SET p_verdicts = INSERT(p_verdicts, v_at, 10, LPAD(p_verdict, 10, ' '));
  END IF;
END$$

-- Proves the requests that are numbered above p_after, up to p_last.
--
-- Lists are JSON arrays of arrays of numbers, null where there is nothing. Bytes are named by offset
-- (from 1) and length in p_data. p_positions: revision, token. p_bases: request, check, which of the
-- positions, counted from 1, 1 for the own last commit. p_keys: request, check, the key's bytes,
-- revision or -1 for absent. p_ranges: request, check, bytes of the start, bytes of the end or 0,
-- revision of the read or -1 for a range that must be empty.
CREATE PROCEDURE IF NOT EXISTS ${prefix}refusals_1(
  p_after INT, p_last INT, p_count INT, p_head BIGINT, p_oldest BIGINT,
  p_positions LONGTEXT CHARACTER SET utf8mb4, p_bases LONGTEXT CHARACTER SET utf8mb4,
  p_keys LONGTEXT CHARACTER SET utf8mb4, p_ranges LONGTEXT CHARACTER SET utf8mb4, p_data LONGBLOB,
  INOUT p_verdicts LONGTEXT CHARACTER SET ascii)
READS SQL DATA SQL SECURITY INVOKER
BEGIN
  DECLARE v_request, v_verdict, v_end INT;
  DECLARE v_since BIGINT;
  -- A range that goes on behind the longest key begins one byte behind it.
  DECLARE v_first, v_behind VARBINARY(2049);
  DECLARE v_fails, v_done BOOLEAN DEFAULT FALSE;
  DECLARE found CURSOR FOR
    SELECT b.request, 4 * b.no + IF(q.revision < p_oldest, 6, 5)
      FROM JSON_TABLE(p_bases, '$[*]' COLUMNS (request INT PATH '$[0]', no INT PATH '$[1]',
        place INT PATH '$[2]', own INT PATH '$[3]')) b
      JOIN JSON_TABLE(p_positions, '$[*]' COLUMNS (
        place FOR ORDINALITY, revision BIGINT PATH '$[0]', token BIGINT PATH '$[1]')) q
        ON q.place = b.place
      WHERE b.request > p_after AND b.request <= p_last
        AND IF(q.revision < p_oldest, b.own = 0, NOT q.token <=>
          (SELECT c.token FROM ${prefix}changes c WHERE c.revision = q.revision LIMIT 1))
    UNION ALL
    SELECT k.request, 4 * k.no + 4
      FROM JSON_TABLE(p_keys, '$[*]' COLUMNS (request INT PATH '$[0]', no INT PATH '$[1]',
        a INT PATH '$[2]', z INT PATH '$[3]', modified BIGINT PATH '$[4]')) k
      LEFT JOIN ${prefix}entries e ON e.entry_key = SUBSTRING(p_data, k.a, k.z)
      WHERE k.request > p_after AND k.request <= p_last
        AND COALESCE(e.modified, -1) <> k.modified;
  DECLARE ranges CURSOR FOR
    SELECT r.request, 4 * r.no + 4,
        SUBSTRING(p_data, r.a, r.z), r.b, SUBSTRING(p_data, r.b, r.y), r.since
      FROM JSON_TABLE(p_ranges, '$[*]' COLUMNS (request INT PATH '$[0]', no INT PATH '$[1]',
        a INT PATH '$[2]', z INT PATH '$[3]', b INT PATH '$[4]', y INT PATH '$[5]',
        since BIGINT PATH '$[6]')) r
      WHERE r.request > p_after AND r.request <= p_last;
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET v_done = TRUE;

  IF p_bases IS NOT NULL OR p_keys IS NOT NULL THEN
    OPEN found;
    FETCH found INTO v_request, v_verdict;
    WHILE NOT v_done DO
      CALL ${prefix}refuse_1(v_request, v_verdict, p_count, p_verdicts);
      FETCH found INTO v_request, v_verdict;
    END WHILE;
    CLOSE found;
    SET v_done = FALSE;
  END IF;
  IF p_ranges IS NOT NULL THEN
    OPEN ranges;
    FETCH ranges INTO v_request, v_verdict, v_first, v_end, v_behind, v_since;
    WHILE NOT v_done DO
      -- Few commits are looked through one by one, many by the keys of the range.
      IF v_since = -1 AND v_end = 0 THEN
        SET v_fails = EXISTS (
          SELECT 1 FROM ${prefix}entries e WHERE e.entry_key >= v_first);
      ELSEIF v_since = -1 THEN
        SET v_fails = EXISTS (
          SELECT 1 FROM ${prefix}entries e WHERE e.entry_key >= v_first AND e.entry_key < v_behind);
      ELSEIF v_since < p_oldest THEN
        SET v_fails = TRUE;
      ELSEIF p_head - v_since <= 200 THEN
        SET v_fails = EXISTS (
          SELECT 1 FROM ${prefix}changes c FORCE INDEX (PRIMARY) WHERE c.revision > v_since
            AND c.entry_key >= v_first AND (v_end = 0 OR c.entry_key < v_behind));
      ELSEIF v_end = 0 THEN
        SET v_fails = EXISTS (
          SELECT 1 FROM ${prefix}entries e
            WHERE e.entry_key >= v_first AND e.modified > v_since)
          OR EXISTS (
          SELECT 1 FROM ${prefix}changes c FORCE INDEX (removals)
            WHERE c.removed_key >= v_first AND c.revision > v_since);
      ELSE
        SET v_fails = EXISTS (
          SELECT 1 FROM ${prefix}entries e WHERE e.entry_key >= v_first AND e.entry_key < v_behind
            AND e.modified > v_since)
          OR EXISTS (
          SELECT 1 FROM ${prefix}changes c FORCE INDEX (removals)
            WHERE c.removed_key >= v_first AND c.removed_key < v_behind
              AND c.revision > v_since);
      END IF;
      IF v_fails THEN
        CALL ${prefix}refuse_1(v_request, v_verdict, p_count, p_verdicts);
      END IF;
      FETCH ranges INTO v_request, v_verdict, v_first, v_end, v_behind, v_since;
    END WHILE;
    CLOSE ranges;
  END IF;
END$$

-- Proves and writes p_count requests, numbered from 1 in the order of their revisions, if the lane
-- stands at p_sequence. Every statement in here sees all commits before it, as the session reads
-- what is committed; so those behind the first one, which waits for the counter, see all commits
-- before this one. The requests up to the first number of p_waves are proven and then written, then
-- those up to the next. p_token is left in the lane.
--
-- Lists as above. p_puts: request, bytes of the key, length of the value behind it, the token of the
-- request's commit, the bytes that are written before it. p_deletes: request, bytes of the key, 1 if
-- the request puts nothing, token and bytes as for a put. p_written: the bytes of all.
--
-- Answers with the revision before and, unless all requests became commits, the token of that
-- revision and the verdicts. An error undoes everything; it has the state HF001 if the lane is lost,
-- HF002 if it came from the commit itself, HF003 if the server takes no writes.
--
-- MariaDB writes the value of a variable into a statement's text wherever the text names it, before
-- the statement runs, and the text into the binary log. So p_data is named once for all puts, and
-- what can be asked outside of a statement (IF, SET, cursors) is asked there.
CREATE PROCEDURE IF NOT EXISTS ${prefix}commit_1(
  p_lane BINARY(16), p_sequence BIGINT, p_token BIGINT, p_now BIGINT, p_lock_wait INT,
  p_count INT, p_waves LONGTEXT CHARACTER SET utf8mb4, p_written BIGINT,
  p_positions LONGTEXT CHARACTER SET utf8mb4, p_bases LONGTEXT CHARACTER SET utf8mb4,
  p_keys LONGTEXT CHARACTER SET utf8mb4, p_ranges LONGTEXT CHARACTER SET utf8mb4,
  p_puts LONGTEXT CHARACTER SET utf8mb4, p_deletes LONGTEXT CHARACTER SET utf8mb4, p_data LONGBLOB)
MODIFIES SQL DATA SQL SECURITY INVOKER
BEGIN
  DECLARE v_head, v_oldest, v_sequence, v_head_token, v_volume BIGINT;
  DECLARE v_commits INT DEFAULT p_count;
  DECLARE v_after, v_last, v_wave, v_request, v_before INT DEFAULT 0;
  DECLARE v_verdicts, v_ranks LONGTEXT CHARACTER SET ascii;
  DECLARE v_succeeded LONGBLOB DEFAULT REPEAT(x'01', p_count);
  DECLARE v_done, v_committing BOOLEAN DEFAULT FALSE;
  DECLARE v_message TEXT;
  DECLARE nothings CURSOR FOR
    SELECT d.request
      FROM JSON_TABLE(p_deletes, '$[*]' COLUMNS (request INT PATH '$[0]',
        a INT PATH '$[1]', z INT PATH '$[2]', alone INT PATH '$[3]')) d
      LEFT JOIN ${prefix}entries e ON e.entry_key = SUBSTRING(p_data, d.a, d.z)
      WHERE d.request > v_after AND d.request <= v_last AND d.alone = 1
      GROUP BY d.request HAVING COUNT(e.entry_key) = 0;
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET v_done = TRUE;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_message = MESSAGE_TEXT;
    ROLLBACK;
    IF v_committing THEN
      RESIGNAL SQLSTATE 'HF002' SET MESSAGE_TEXT = v_message;
    END IF;
    RESIGNAL;
  END;

  -- Newer servers of MariaDB say OFF, others 0.
  IF CONCAT(@@GLOBAL.read_only) NOT IN ('0', 'OFF') THEN
    SIGNAL SQLSTATE 'HF003' SET MESSAGE_TEXT = 'the server is read-only';
  END IF;
  IF @@SESSION.innodb_lock_wait_timeout <> p_lock_wait THEN
    SET SESSION innodb_lock_wait_timeout = p_lock_wait;
  END IF;
  START TRANSACTION;
  SELECT m.revision, m.token, m.volume, m.oldest INTO v_head, v_head_token, v_volume, v_oldest
    FROM ${prefix}meta m WHERE m.id = 1 FOR UPDATE;
  SELECT l.sequence INTO v_sequence FROM ${prefix}lanes l WHERE l.id = p_lane
    FOR UPDATE SKIP LOCKED;
  IF NOT v_sequence <=> p_sequence THEN
    SIGNAL SQLSTATE 'HF001' SET MESSAGE_TEXT = 'the lane is busy, elsewhere or gone';
  END IF;
  -- Else a counter that was set back would number a second commit alike.
  IF NOT v_head <=> (SELECT MAX(c.revision) FROM ${prefix}changes c) THEN
    SIGNAL SQLSTATE '23000'
      SET MYSQL_ERRNO = 1062, MESSAGE_TEXT = 'the history does not end at the counter\'s revision';
  END IF;

  WHILE v_after < p_count DO
    SET v_last = IF(p_waves IS NULL, p_count, JSON_EXTRACT(p_waves, CONCAT('$[', v_wave, ']')));
    SET v_wave = v_wave + 1;
    -- Mostly there are bases only, and all are of this history.
    IF p_keys IS NOT NULL OR p_ranges IS NOT NULL OR p_positions IS NOT NULL AND EXISTS (
      SELECT 1
        FROM JSON_TABLE(p_positions, '$[*]' COLUMNS (
          revision BIGINT PATH '$[0]', token BIGINT PATH '$[1]')) q
        WHERE q.revision < v_oldest OR NOT q.token <=>
          (SELECT c.token FROM ${prefix}changes c WHERE c.revision = q.revision LIMIT 1))
    THEN
      CALL ${prefix}refusals_1(v_after, v_last, p_count, v_head, v_oldest,
        p_positions, p_bases, p_keys, p_ranges, p_data, v_verdicts);
    END IF;
    IF p_deletes IS NOT NULL THEN
      SET v_done = FALSE;
      OPEN nothings;
      FETCH nothings INTO v_request;
      WHILE NOT v_done DO
        CALL ${prefix}refuse_1(v_request, 0, p_count, v_verdicts);
        FETCH nothings INTO v_request;
      END WHILE;
      CLOSE nothings;
    END IF;
    IF v_verdicts IS NOT NULL THEN
      -- Who is refused, or only deletes what is not there, gets no revision.
      SET v_request = v_after + 1;
      IF v_ranks IS NULL THEN
        SET v_request = 1, v_commits = 0, v_ranks = '';
      END IF;
      WHILE v_request <= v_last DO
        IF SUBSTRING(v_verdicts, 10 * v_request - 9, 10) = 1 THEN
          SET v_commits = v_commits + 1;
          SET v_ranks = CONCAT(v_ranks, LPAD(v_commits, 10, ' '));
        ELSE
          SET v_ranks = CONCAT(v_ranks, '         0');
          SET v_succeeded = INSERT(v_succeeded, v_request, 1, x'00');
        END IF;
        SET v_request = v_request + 1;
      END WHILE;
    END IF;
    IF p_deletes IS NOT NULL THEN
      INSERT INTO ${prefix}changes
          (revision, entry_key, removed_key, token, volume, committed_at)
        SELECT v_head + IF(v_ranks IS NULL, d.request, SUBSTRING(v_ranks, 10 * d.request - 9, 10)),
            e.entry_key, e.entry_key, d.token, v_volume + d.written, p_now
          FROM JSON_TABLE(p_deletes, '$[*]' COLUMNS (request INT PATH '$[0]',
            a INT PATH '$[1]', z INT PATH '$[2]',
            token BIGINT PATH '$[4]', written BIGINT PATH '$[5]')) d
          STRAIGHT_JOIN ${prefix}entries e ON e.entry_key = SUBSTRING(p_data, d.a, d.z)
          WHERE d.request > v_after AND d.request <= v_last
            AND (v_ranks IS NULL OR SUBSTRING(v_ranks, 10 * d.request - 9, 10) > 0);
      DELETE e
        FROM JSON_TABLE(p_deletes, '$[*]' COLUMNS (request INT PATH '$[0]',
          a INT PATH '$[1]', z INT PATH '$[2]')) d
        STRAIGHT_JOIN ${prefix}entries e ON e.entry_key = SUBSTRING(p_data, d.a, d.z)
        WHERE d.request > v_after AND d.request <= v_last
          AND (v_ranks IS NULL OR SUBSTRING(v_ranks, 10 * d.request - 9, 10) > 0);
    END IF;
    IF p_puts IS NOT NULL THEN
      -- The history first: then what is written need not be taken apart again for the entries.
      INSERT INTO ${prefix}changes
          (revision, entry_key, entry_value, created, token, volume, committed_at)
        SELECT p.revision, SUBSTRING(p.bytes, 1, p.z), SUBSTRING(p.bytes, p.z + 1),
            COALESCE(e.created, p.revision), p.token, v_volume + p.written, p_now
          FROM (SELECT SUBSTRING(p_data, w.a, w.z + w.y) AS bytes, w.z, w.token, w.written,
                v_head + IF(
                  v_ranks IS NULL, w.request, SUBSTRING(v_ranks, 10 * w.request - 9, 10))
                AS revision
              FROM JSON_TABLE(p_puts, '$[*]' COLUMNS (request INT PATH '$[0]',
                a INT PATH '$[1]', z INT PATH '$[2]', y INT PATH '$[3]',
                token BIGINT PATH '$[4]', written BIGINT PATH '$[5]')) w
              WHERE w.request > v_after AND w.request <= v_last
                AND (v_ranks IS NULL OR SUBSTRING(v_ranks, 10 * w.request - 9, 10) > 0)) p
          LEFT JOIN ${prefix}entries e ON e.entry_key = SUBSTRING(p.bytes, 1, p.z);
      INSERT INTO ${prefix}entries (entry_key, entry_value, large_value, created, modified)
        SELECT c.entry_key, IF(LENGTH(c.entry_value) > 1600, NULL, c.entry_value),
            IF(LENGTH(c.entry_value) > 1600, c.entry_value, NULL), c.created, c.revision
          FROM ${prefix}changes c FORCE INDEX (PRIMARY)
          WHERE c.revision > v_head + v_before AND c.removed_key IS NULL
        ON DUPLICATE KEY UPDATE
          entry_value = IF(LENGTH(c.entry_value) > 1600, NULL, c.entry_value),
          large_value = IF(LENGTH(c.entry_value) > 1600, c.entry_value, NULL),
          modified = c.revision;
    END IF;
    SET v_before = IF(v_ranks IS NULL, v_last, v_commits);
    SET v_after = v_last;
  END WHILE;

  UPDATE ${prefix}lanes l SET l.sequence = l.sequence + 1, l.token = p_token,
      l.first_revision = v_head, l.succeeded = v_succeeded, l.used_at = p_now
    WHERE l.id = p_lane;
  IF v_commits > 0 THEN
    UPDATE ${prefix}meta m
      SET m.revision = v_head + v_commits, m.volume = v_volume + p_written, m.token =
        (SELECT c.token FROM ${prefix}changes c WHERE c.revision = v_head + v_commits LIMIT 1)
      WHERE m.id = 1;
  END IF;
  SET v_committing = TRUE;
  COMMIT;
  SELECT v_head, v_head_token, v_verdicts;
END$$

-- Proves one request that writes nothing, in one snapshot. Answers as commit_1, or with nulls where
-- there is no head: a server that takes no writes has none, as for all reads.
CREATE PROCEDURE IF NOT EXISTS ${prefix}prove_1(
  p_positions LONGTEXT CHARACTER SET utf8mb4, p_bases LONGTEXT CHARACTER SET utf8mb4,
  p_keys LONGTEXT CHARACTER SET utf8mb4, p_ranges LONGTEXT CHARACTER SET utf8mb4, p_data LONGBLOB)
READS SQL DATA SQL SECURITY INVOKER
BEGIN
  DECLARE v_head, v_oldest, v_head_token BIGINT;
  DECLARE v_verdicts LONGTEXT CHARACTER SET ascii;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;
  SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
  START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY;
  SELECT m.revision, m.oldest, c.token INTO v_head, v_oldest, v_head_token
    FROM ${prefix}meta m JOIN ${prefix}changes c ON c.revision = m.revision
    WHERE m.id = 1 AND CONCAT(@@GLOBAL.read_only) IN ('0', 'OFF') LIMIT 1;
  IF v_head IS NOT NULL THEN
    CALL ${prefix}refusals_1(
      0, 1, 1, v_head, v_oldest, p_positions, p_bases, p_keys, p_ranges, p_data, v_verdicts);
  END IF;
  COMMIT;
  SELECT v_head, v_head_token, v_verdicts;
END$$

DELIMITER ;

INSERT IGNORE INTO ${prefix}changes (revision, entry_key, token, volume, committed_at)
VALUES (0, '', ${token}, 0, ${now});

INSERT IGNORE INTO ${prefix}meta (id, format, incarnation, revision, token, volume, oldest, epoch, server)
  SELECT 1, 1, '${incarnation}', 0, c.token, c.volume, 0, 0, '' FROM ${prefix}changes c WHERE c.revision = 0;
