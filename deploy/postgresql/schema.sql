-- Tables of mirrorlogd's journal in PostgreSQL 13 or later, for a cluster of daemons. Run it once, in a database of
-- its own:
--
--   createuser --pwprompt mirrorlog
--   createdb --owner=postgres mirrorlog
--   psql --set=ON_ERROR_STOP=1 --single-transaction --dbname=mirrorlog --file=deploy/postgresql/schema.sql
--
-- Running it again changes nothing. One database is one journal: daemons of different clusters need different
-- databases. Never restore single tables, and never older ones while logs are in use: the journal is the only account
-- of which regions are dirty. After a restore to an earlier time, stop all daemons and let every log be adopted
-- (mirrorlog.adopt).
--
-- What the server must be set to (the daemon looks at it whenever it connects, refuses what loses acknowledged writes,
-- and warns of what may): fsync = on, full_page_writes = on; for failover to a standby, synchronous_standby_names
-- naming it.

CREATE SCHEMA IF NOT EXISTS mirrorlog;

-- Which journal this is. One row; the identity is drawn here, once, and written into log devices: a daemon that finds
-- another one holds the logs until they are adopted.
CREATE TABLE IF NOT EXISTS mirrorlog.journal (
  is_only_row    boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
  journal_id     uuid NOT NULL DEFAULT gen_random_uuid(),
  schema_version integer NOT NULL,
  created        timestamptz NOT NULL DEFAULT now()
);
INSERT INTO mirrorlog.journal (schema_version) VALUES (1) ON CONFLICT DO NOTHING;

-- Where each log stands. An append is accepted only if it starts right after the head, and moves it; so of two daemons
-- that believe to own a log, one is refused. Rows are never deleted, nor does deletion of events touch them.
--   head    the highest sequence number ever accepted, deleted or not; 0 before the first
--   writer  which start of an owner appended last: tells apart two histories of equal length, should a server
--           forget commits
CREATE TABLE IF NOT EXISTS mirrorlog.heads (
  persistence_id text COLLATE "C" PRIMARY KEY,
  head           bigint NOT NULL CHECK (head >= 0),
  writer         text NOT NULL
) WITH (
  -- Few rows, each rewritten with every append: room beside each row keeps the new version on the same page.
  fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000
);

-- Up to which sequence number events of a log are deleted. Apart from heads, so that a deletion never makes an append
-- wait.
CREATE TABLE IF NOT EXISTS mirrorlog.deletions (
  persistence_id text COLLATE "C" PRIMARY KEY,
  deleted_to     bigint NOT NULL
);

-- The events: written once, read when a log gets a new owner, deleted after two snapshots.
CREATE TABLE IF NOT EXISTS mirrorlog.events (
  persistence_id text COLLATE "C" NOT NULL,
  sequence_nr    bigint NOT NULL,
  event          bytea NOT NULL,
  PRIMARY KEY (persistence_id, sequence_nr)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000);

-- Two snapshots of each log.
CREATE TABLE IF NOT EXISTS mirrorlog.snapshots (
  persistence_id text COLLATE "C" NOT NULL,
  sequence_nr    bigint NOT NULL,
  created_ms     bigint NOT NULL,
  snapshot       bytea NOT NULL,
  PRIMARY KEY (persistence_id, sequence_nr)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 100, toast.autovacuum_vacuum_scale_factor = 0,
  toast.autovacuum_vacuum_threshold = 1000);

-- Which cluster lives, and of whom it consists (row cluster); who goes on where a cluster of two has fallen apart: the
-- half that gets the row first. Nothing true depends on them.
CREATE TABLE IF NOT EXISTS mirrorlog.leases (
  name   text COLLATE "C" PRIMARY KEY,
  holder text NOT NULL,
  until  timestamptz NOT NULL
);

-- Bitmaps are compact already: PostgreSQL's own compression takes 19 ms for 256 KiB, storing them plainly 3 ms.
ALTER TABLE mirrorlog.events ALTER COLUMN event SET STORAGE EXTERNAL;
ALTER TABLE mirrorlog.snapshots ALTER COLUMN snapshot SET STORAGE EXTERNAL;

-- What the daemons may do, and nothing else: nobody deletes a head. Use another role by its name here.
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'mirrorlog') THEN
    GRANT USAGE ON SCHEMA mirrorlog TO mirrorlog;
    GRANT SELECT ON mirrorlog.journal TO mirrorlog;
    GRANT SELECT, INSERT, UPDATE ON mirrorlog.heads, mirrorlog.deletions TO mirrorlog;
    GRANT SELECT, INSERT, DELETE ON mirrorlog.events TO mirrorlog;
    GRANT SELECT, INSERT, UPDATE, DELETE ON mirrorlog.snapshots, mirrorlog.leases TO mirrorlog;
  END IF;
END
$$;
