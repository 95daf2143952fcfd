-- Multiplies three finished jobs, as the job-service has written them, with everything that belongs to them. Whole
-- rows are copied and only what must differ is put in, so that this knows as little of the columns as it can.
--
-- :jobs how many, :per_job events of each, :succeeded, :failed and :cancelled the three.

-- No triggers: the rows that foreign keys would look for are all there.
SET session_replication_role = replica;
SET synchronous_commit = off;

-- One in twenty was cancelled and three failed; 30 ms lie between two submissions, and the last is the latest.
CREATE TEMP TABLE copies AS
SELECT n,
       CASE WHEN n % 20 = 0 THEN :'cancelled' WHEN n % 20 < 4 THEN :'failed' ELSE :'succeeded' END::uuid AS template,
       (lpad(to_hex(ms), 12, '0') || '7000' || '8000' || lpad(to_hex(n), 12, '0'))::uuid AS id,
       ms * 1000 AS created
FROM (
    SELECT n, (extract(epoch FROM clock_timestamp()) * 1000)::bigint - (:jobs - n) * 30 AS ms
    FROM generate_series(1, :jobs) AS n
) AS numbered;
ANALYZE copies;

INSERT INTO training_jobs
SELECT r.*
FROM copies AS c
JOIN training_jobs AS t ON t.id = c.template,
LATERAL jsonb_populate_record(t, jsonb_build_object(
    'id', c.id,
    'version', 100 + c.n,
    'pipeline_id', 'pipeline-' || c.n % 10,
    'labels', jsonb_build_object('team', 't' || c.n % 10, 'run', 'r' || c.n % 1000)::text,
    'event_no', :per_job,
    'created_at', c.created,
    'started_at', c.created + (t.started_at - t.created_at),
    'finished_at', c.created + (t.finished_at - t.created_at),
    'updated_at', c.created + (t.updated_at - t.created_at)
)) AS r
ORDER BY c.n;

INSERT INTO job_labels (tenant, job_id, name, value, created_at)
SELECT t.tenant, c.id, l.name, l.value, t.created_at
FROM copies AS c
JOIN training_jobs AS t ON t.id = c.id,
LATERAL (VALUES ('team', 't' || c.n % 10), ('run', 'r' || c.n % 1000)) AS l (name, value)
ORDER BY c.n;

INSERT INTO job_specs
SELECT r.*
FROM copies AS c
JOIN job_specs AS t ON t.job_id = c.template,
LATERAL jsonb_populate_record(t, jsonb_build_object('job_id', c.id)) AS r
ORDER BY c.n;

INSERT INTO job_attempts
SELECT r.*
FROM copies AS c
JOIN job_attempts AS t ON t.job_id = c.template,
LATERAL jsonb_populate_record(t, jsonb_build_object('job_id', c.id)) AS r
ORDER BY c.n;

-- The template's events, the last but one repeated as often as it takes.
CREATE TEMP TABLE steps AS
SELECT c.template, n,
       CASE WHEN n = :per_job THEN c.last ELSE least(n, greatest(c.last - 1, 1)) END AS event_no
FROM (SELECT job_id AS template, max(event_no) AS last FROM job_events GROUP BY job_id) AS c,
generate_series(1, :per_job) AS n;

INSERT INTO job_events
SELECT r.*
FROM copies AS c
JOIN steps AS s ON s.template = c.template
JOIN job_events AS t ON t.job_id = s.template AND t.event_no = s.event_no,
LATERAL jsonb_populate_record(t, jsonb_build_object(
    'job_id', c.id,
    'event_no', s.n,
    'seq', CASE WHEN t.seq IS NOT NULL THEN s.n END
)) AS r
ORDER BY c.n, s.n;

UPDATE version_counters SET last = 100 + :jobs;

-- What autovacuum would have done meanwhile.
VACUUM (ANALYZE);
