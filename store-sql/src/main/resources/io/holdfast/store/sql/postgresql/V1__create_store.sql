-- One row for each key. Bytes compare as unsigned bytes. Room in each page lets an update stay in
-- its page, where it needs no new index entries. A value of up to 1600 bytes is the entry_value, a
-- larger one the large_value, the other of the two is null: 10,000 small values, a whole page, need
-- no bound.
CREATE TABLE ${prefix}entries (
  entry_key BYTEA NOT NULL PRIMARY KEY,
  entry_value BYTEA,
  created BIGINT NOT NULL,
  modified BIGINT NOT NULL,
  large_value BYTEA
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

-- The history: what each commit that is kept did, and at revision 0, with an empty key, the creation.
-- A deletion has neither value nor creation. Token and time are those of the commit, the same in all
-- of its rows: it has one at least, and a row of its own would be one more to write for each.
CREATE TABLE ${prefix}changes (
  revision BIGINT NOT NULL,
  entry_key BYTEA NOT NULL,
  entry_value BYTEA,
  created BIGINT,
  token BIGINT NOT NULL,
  committed_at BIGINT NOT NULL,
  PRIMARY KEY (revision, entry_key)
) WITH (autovacuum_vacuum_scale_factor = 0.05);

-- What was removed, by key; what was written can be told from the entries.
CREATE INDEX ${prefix}removals ON ${prefix}changes (entry_key, revision)
  WHERE entry_value IS NULL;

-- One row for each commit slot of a process. Every commit advances its slot's row, and so does who
-- must find out what became of a commit: who of the two was first has decided that. The row holds
-- the last winner: its token, the revision before its commits, and a byte for each of its requests.
CREATE TABLE ${prefix}lanes (
  id BYTEA NOT NULL PRIMARY KEY,
  sequence BIGINT NOT NULL,
  token BIGINT,
  first_revision BIGINT,
  succeeded BYTEA,
  used_at BIGINT NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000);

-- One row: the counter that orders the commits and the token of the last one, so that a read finds
-- its position in one place, the oldest revision a watch can resume from, and the form of these
-- tables, which is the number of the last migration.
CREATE TABLE ${prefix}meta (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  format INTEGER NOT NULL,
  incarnation TEXT NOT NULL,
  revision BIGINT NOT NULL,
  token BIGINT NOT NULL,
  oldest BIGINT NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000);

-- What the requests are refused for that are numbered above p_after, up to p_last: for each check
-- that fails, 2^32 * request + 4 * (1 + check) + kind (0 a condition does not hold, 1 another
-- history, 2 older than the history); null if there is nothing. STABLE, so that it sees one moment:
-- that of the statement which calls it. Single look-ups instead of joins, and no sequential scans:
-- the plans are made while the tables are small, and stay. Positions stand once in q, since many
-- requests mostly rely on one: only if one of them does not hold it is asked whose it is.
CREATE FUNCTION ${prefix}refusals_1(
  p_head BIGINT, p_oldest BIGINT, p_after INTEGER, p_last INTEGER,
  q_revision BIGINT[], q_token BIGINT[],
  b_request INTEGER[], b_check INTEGER[], b_position INTEGER[], b_own BOOLEAN[],
  k_request INTEGER[], k_check INTEGER[], k_key BYTEA[], k_modified BIGINT[],
  r_request INTEGER[], r_check INTEGER[], r_start BYTEA[], r_end BYTEA[], r_since BIGINT[]
) RETURNS BIGINT[] LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_found BIGINT[];
  v_more BIGINT[];
BEGIN
  IF EXISTS (
    SELECT 1 FROM unnest(q_revision, q_token) q(revision, token)
      WHERE q.revision < p_oldest OR q.token IS DISTINCT FROM
        (SELECT c.token FROM ${prefix}changes c WHERE c.revision = q.revision LIMIT 1))
  THEN
    SELECT array_agg((b.request::BIGINT << 32) + 4 * b.no + 4
        + CASE WHEN q_revision[b.place] < p_oldest THEN 2 ELSE 1 END)
      INTO v_found
      FROM unnest(b_request, b_check, b_position, b_own) b(request, no, place, own)
      WHERE b.request > p_after AND b.request <= p_last
        AND CASE WHEN q_revision[b.place] < p_oldest THEN NOT b.own
          ELSE q_token[b.place] IS DISTINCT FROM
            (SELECT c.token FROM ${prefix}changes c WHERE c.revision = q_revision[b.place] LIMIT 1)
          END;
  END IF;
  IF cardinality(k_request) > 0 THEN
    SELECT array_agg((k.request::BIGINT << 32) + 4 * k.no + 4)
      INTO v_more
      FROM unnest(k_request, k_check, k_key, k_modified) k(request, no, entry_key, modified)
      WHERE k.request > p_after AND k.request <= p_last
        AND coalesce((SELECT e.modified FROM ${prefix}entries e
          WHERE e.entry_key = k.entry_key), -1) <> k.modified;
    v_found := v_found || v_more;
  END IF;
  IF cardinality(r_request) > 0 THEN
    SELECT array_agg((r.request::BIGINT << 32) + 4 * r.no + 4)
      INTO v_more
      FROM unnest(r_request, r_check, r_start, r_end, r_since) r(request, no, first, last, since)
      WHERE r.request > p_after AND r.request <= p_last
        AND CASE
          WHEN r.since IS NULL AND r.last IS NULL THEN EXISTS (
            SELECT 1 FROM ${prefix}entries e WHERE e.entry_key >= r.first)
          WHEN r.since IS NULL THEN EXISTS (
            SELECT 1 FROM ${prefix}entries e WHERE e.entry_key >= r.first AND e.entry_key < r.last)
          WHEN r.since < p_oldest THEN TRUE
          -- Few commits are looked through one by one, many by the keys of the range.
          WHEN p_head - r.since <= 200 THEN EXISTS (
            SELECT 1 FROM ${prefix}changes c WHERE c.revision > r.since
              AND c.entry_key || ''::BYTEA >= r.first
              AND (r.last IS NULL OR c.entry_key || ''::BYTEA < r.last))
          WHEN r.last IS NULL THEN EXISTS (
            SELECT 1 FROM ${prefix}entries e WHERE e.entry_key >= r.first
              AND e.modified > r.since)
            OR EXISTS (
            SELECT 1 FROM ${prefix}changes c WHERE c.entry_value IS NULL
              AND c.revision + 0 > r.since AND c.entry_key >= r.first)
          ELSE EXISTS (
            SELECT 1 FROM ${prefix}entries e WHERE e.entry_key >= r.first AND e.entry_key < r.last
              AND e.modified > r.since)
            OR EXISTS (
            SELECT 1 FROM ${prefix}changes c WHERE c.entry_value IS NULL
              AND c.revision + 0 > r.since AND c.entry_key >= r.first AND c.entry_key < r.last)
          END;
    v_found := v_found || v_more;
  END IF;
  RETURN v_found;
END $$;

-- Deletes keys and records it; p_ranks are the numbers of the requests' commits.
CREATE FUNCTION ${prefix}delete_1(
  p_after INTEGER, p_last INTEGER, p_head BIGINT, p_now BIGINT, p_ranks INTEGER[], p_tokens BIGINT[],
  w_request INTEGER[], w_key BYTEA[], w_value BYTEA[]
) RETURNS VOID LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  WITH gone AS (
    DELETE FROM ${prefix}entries e
      USING unnest(w_request, w_key, w_value) w(request, entry_key, entry_value)
      WHERE w.request > p_after AND w.request <= p_last AND w.entry_value IS NULL
        AND p_ranks[w.request] IS NOT NULL AND e.entry_key = w.entry_key
      RETURNING w.request, e.entry_key)
  INSERT INTO ${prefix}changes (revision, entry_key, token, committed_at)
    SELECT p_head + p_ranks[g.request], g.entry_key, p_tokens[g.request], p_now FROM gone g;
END $$;

-- Proves and writes requests, numbered from 1 in the order of their revisions, if the lane stands
-- at p_sequence. Each statement in here takes a snapshot of its own, so that everything behind the
-- first one, which waits for the counter, sees all commits before this one. Requests up to p_waves[1]
-- are proven and then written, then those up to p_waves[2], and so on. p_token, p_tokens: what is
-- left in the lane, and beside each revision. w_value is null for a deletion.
--
-- Returns the revision before, and 1 if others want to be told of commits: they hold the lock that is
-- tried for, and who comes to hold it waits for the end of this commit and looks for itself. If not
-- all requests became commits, behind that the token of the revision before and a verdict for each
-- request: 0 nothing changed, 1 a commit, or the first refusal.
CREATE FUNCTION ${prefix}commit_1(
  p_lane BYTEA, p_sequence BIGINT, p_token BIGINT, p_now BIGINT, p_lock_wait TEXT,
  p_waves INTEGER[], p_tokens BIGINT[], q_revision BIGINT[], q_token BIGINT[],
  b_request INTEGER[], b_check INTEGER[], b_position INTEGER[], b_own BOOLEAN[],
  k_request INTEGER[], k_check INTEGER[], k_key BYTEA[], k_modified BIGINT[],
  r_request INTEGER[], r_check INTEGER[], r_start BYTEA[], r_end BYTEA[], r_since BIGINT[],
  w_request INTEGER[], w_key BYTEA[], w_value BYTEA[], p_deletes BOOLEAN, p_all BYTEA,
  p_ranks INTEGER[]
) RETURNS BIGINT[] LANGUAGE plpgsql
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_requests INTEGER := cardinality(p_tokens);
  v_head BIGINT;
  v_oldest BIGINT;
  v_ranks INTEGER[] := p_ranks;
  v_tokens BIGINT[] := p_tokens; -- by rank
  v_verdicts BIGINT[];
  v_refusals BIGINT[];
  v_changing INTEGER[];
  v_commits INTEGER := 0;
  v_after INTEGER := 0;
  v_last INTEGER;
  v_succeeded BYTEA := p_all;
  v_watched BIGINT;
BEGIN
  IF p_lock_wait IS NOT NULL THEN
    PERFORM set_config('lock_timeout', p_lock_wait, TRUE);
  END IF;
  -- What the session has set may have reached another connection, behind a pool of transactions.
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', TRUE);
  END IF;
  IF current_setting('client_min_messages') <> 'warning' THEN
    PERFORM set_config('client_min_messages', 'warning', TRUE);
  END IF;
  IF current_setting('client_connection_check_interval') <> '0' THEN
    PERFORM set_config('client_connection_check_interval', '0', TRUE);
  END IF;
  UPDATE ${prefix}meta m SET revision = m.revision + v_requests, token = p_tokens[v_requests]
    WHERE m.id = 1
    RETURNING m.revision - v_requests, m.oldest INTO STRICT v_head, v_oldest;
  UPDATE ${prefix}lanes l SET sequence = l.sequence + 1, token = p_token,
      first_revision = v_head, succeeded = p_all, used_at = p_now
    WHERE l.id = (SELECT f.id FROM ${prefix}lanes f
      WHERE f.id = p_lane AND f.sequence = p_sequence FOR UPDATE SKIP LOCKED);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the lane is busy, elsewhere or gone' USING ERRCODE = 'HF001';
  END IF;
  -- Else a counter that was set back would number a second commit alike.
  IF (SELECT max(c.revision) FROM ${prefix}changes c) IS DISTINCT FROM v_head THEN
    RAISE EXCEPTION 'the history does not end at the counter''s revision %', v_head
      USING ERRCODE = 'unique_violation';
  END IF;
  v_watched := CASE WHEN pg_try_advisory_xact_lock(hashtextextended('${prefix}commits', 0))
    THEN 0 ELSE 1 END;
  FOREACH v_last IN ARRAY p_waves LOOP
    v_refusals := ${prefix}refusals_1(v_head, v_oldest, v_after, v_last,
      q_revision, q_token, b_request, b_check, b_position, b_own,
      k_request, k_check, k_key, k_modified, r_request, r_check, r_start, r_end, r_since);
    IF p_deletes OR v_refusals IS NOT NULL OR v_verdicts IS NOT NULL THEN
      -- Who is refused, or only deletes what is not there, gets no revision.
      IF v_verdicts IS NULL THEN
        v_verdicts := array_fill(1::BIGINT, ARRAY[v_requests]);
        v_commits := v_after;
      END IF;
      IF p_deletes THEN
        SELECT array_agg(DISTINCT w.request) INTO v_changing
          FROM unnest(w_request, w_key, w_value) w(request, entry_key, entry_value)
          WHERE w.request > v_after AND w.request <= v_last
            AND (w.entry_value IS NOT NULL OR EXISTS (
              SELECT 1 FROM ${prefix}entries e WHERE e.entry_key = w.entry_key));
      END IF;
      FOR v_request IN v_after + 1 .. v_last LOOP
        v_verdicts[v_request] := coalesce(
          (SELECT min(f) & 4294967295 FROM unnest(v_refusals) f WHERE f >> 32 = v_request),
          CASE WHEN p_deletes AND v_request <> ALL (coalesce(v_changing, '{}')) THEN 0 ELSE 1 END);
        IF v_verdicts[v_request] = 1 THEN
          v_commits := v_commits + 1;
          v_ranks[v_request] := v_commits;
          v_tokens[v_commits] := p_tokens[v_request];
        ELSE
          v_ranks[v_request] := NULL;
          v_succeeded := set_byte(v_succeeded, v_request - 1, 0);
        END IF;
      END LOOP;
    END IF;
    IF p_deletes THEN
      PERFORM ${prefix}delete_1(
        v_after, v_last, v_head, p_now, v_ranks, p_tokens, w_request, w_key, w_value);
    END IF;
    WITH put AS (
      INSERT INTO ${prefix}entries AS e (entry_key, entry_value, large_value, created, modified)
        SELECT w.entry_key, CASE WHEN octet_length(w.entry_value) <= 1600 THEN w.entry_value END,
            CASE WHEN octet_length(w.entry_value) > 1600 THEN w.entry_value END,
            v_head + v_ranks[w.request], v_head + v_ranks[w.request]
          FROM unnest(w_request, w_key, w_value) w(request, entry_key, entry_value)
          WHERE w.request > v_after AND w.request <= v_last AND w.entry_value IS NOT NULL
            AND v_ranks[w.request] IS NOT NULL
        ON CONFLICT (entry_key) DO UPDATE SET entry_value = excluded.entry_value,
          large_value = excluded.large_value, modified = excluded.modified
        RETURNING e.modified, e.entry_key, coalesce(e.entry_value, e.large_value) AS entry_value,
          e.created)
    INSERT INTO ${prefix}changes (revision, entry_key, entry_value, created, token, committed_at)
      SELECT p.modified, p.entry_key, p.entry_value, p.created, v_tokens[p.modified - v_head], p_now
        FROM put p;
    v_after := v_last;
  END LOOP;
  IF v_verdicts IS NULL OR v_commits = v_requests THEN
    RETURN ARRAY[v_head, v_watched];
  END IF;
  UPDATE ${prefix}meta m SET revision = v_head + v_commits, token = (SELECT c.token
    FROM ${prefix}changes c WHERE c.revision = v_head + v_commits LIMIT 1) WHERE m.id = 1;
  UPDATE ${prefix}lanes l SET succeeded = v_succeeded WHERE l.id = p_lane;
  RETURN ARRAY[v_head, v_watched,
    (SELECT c.token FROM ${prefix}changes c WHERE c.revision = v_head LIMIT 1)] || v_verdicts;
END $$;

-- Writes one request that puts one key and proves nothing but its writer's last commit, which may be
-- null, in half of the time that the above takes for it: numbers instead of arrays, and a statement
-- for each row. Here too each statement has a snapshot of its own, and all but the first see what was
-- committed before this.
--
-- Returns the revision before, or its complement if others want to be told of commits. What cannot be
-- written like that is undone with state HF004, whatever the reason: the above finds out.
CREATE FUNCTION ${prefix}put_commit_1(
  p_lane BYTEA, p_sequence BIGINT, p_lane_token BIGINT, p_now BIGINT, p_lock_wait TEXT,
  p_own_revision BIGINT, p_own_token BIGINT, p_token BIGINT, p_key BYTEA, p_value BYTEA
) RETURNS BIGINT LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_revision BIGINT;
  v_oldest BIGINT;
  v_created BIGINT;
BEGIN
  IF p_lock_wait IS NOT NULL THEN
    PERFORM set_config('lock_timeout', p_lock_wait, TRUE);
  END IF;
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', TRUE);
  END IF;
  IF current_setting('client_min_messages') <> 'warning' THEN
    PERFORM set_config('client_min_messages', 'warning', TRUE);
  END IF;
  IF current_setting('client_connection_check_interval') <> '0' THEN
    PERFORM set_config('client_connection_check_interval', '0', TRUE);
  END IF;
  UPDATE ${prefix}meta m SET revision = m.revision + 1, token = p_token WHERE m.id = 1
    RETURNING m.revision, m.oldest INTO STRICT v_revision, v_oldest;
  UPDATE ${prefix}lanes l SET sequence = l.sequence + 1, token = p_lane_token,
      first_revision = v_revision - 1, succeeded = '\x01', used_at = p_now
    WHERE l.id = (SELECT f.id FROM ${prefix}lanes f
        WHERE f.id = p_lane AND f.sequence = p_sequence FOR UPDATE SKIP LOCKED)
      AND (SELECT max(c.revision) FROM ${prefix}changes c) = v_revision - 1
      AND (p_own_revision IS NULL OR p_own_revision < v_oldest OR p_own_token =
        (SELECT c.token FROM ${prefix}changes c WHERE c.revision = p_own_revision LIMIT 1));
  IF NOT FOUND THEN
    RAISE EXCEPTION 'not a commit by itself' USING ERRCODE = 'HF004';
  END IF;
  INSERT INTO ${prefix}entries AS e (entry_key, entry_value, large_value, created, modified)
    VALUES (p_key, CASE WHEN octet_length(p_value) <= 1600 THEN p_value END,
      CASE WHEN octet_length(p_value) > 1600 THEN p_value END, v_revision, v_revision)
    ON CONFLICT (entry_key) DO UPDATE SET entry_value = excluded.entry_value,
      large_value = excluded.large_value, modified = excluded.modified
    RETURNING e.created INTO STRICT v_created;
  INSERT INTO ${prefix}changes (revision, entry_key, entry_value, created, token, committed_at)
    VALUES (v_revision, p_key, p_value, v_created, p_token, p_now);
  IF pg_try_advisory_xact_lock(hashtextextended('${prefix}commits', 0)) THEN
    RETURN v_revision - 1;
  END IF;
  RETURN ~(v_revision - 1);
END $$;

INSERT INTO ${prefix}meta (id, format, incarnation, revision, token, oldest)
VALUES (1, 1, '${incarnation}', 0, ${token}, 0);

INSERT INTO ${prefix}changes (revision, entry_key, token, committed_at) VALUES (0, '', ${token}, ${now});
