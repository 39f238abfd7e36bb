-- The log as one chain of digests for each home, the end of each chain, and signed checkpoints.
-- What stands in the log already is carried over and chained by `app/src/audit/carry.rs` in the same transaction.

-- local: the log so far, until it is carried over
CREATE TABLE audit_unchained AS
  SELECT id, at, account_id, role, organisation_id, purpose, action, subject_kind, subject_id, detail
  FROM audit /* whole: carried over once */;
CREATE INDEX audit_unchained_by_time ON audit_unchained (at, id);
DROP TABLE audit;

-- large: who did or read what; rows are only ever added
CREATE TABLE audit (
  home {int} NOT NULL,
  number {int} NOT NULL,         -- 1, 2, 3, … in each home
  id {id} NOT NULL,
  at {time} NOT NULL,
  account_id {id} NOT NULL,
  role {text} NOT NULL,
  organisation_id {id} NOT NULL,
  purpose {text} NOT NULL,       -- care, referral, assessment, supervision, statistics, administration, audit
  action {text} NOT NULL,
  subject_kind {text} NOT NULL,
  subject_id {id},
  detail {json} NOT NULL,
  hash {bytes} NOT NULL,         -- the algorithm's number (1 SHA-256, 2 SM3), then 32 bytes over the hash before and the entry
  PRIMARY KEY (home, number)
) {clustered};
CREATE INDEX audit_by_subject ON audit (subject_id, at);
CREATE INDEX audit_by_account ON audit (account_id, at);
CREATE INDEX audit_by_time ON audit (at, id);

-- local: the last entry of each home's chain, locked together in one place; home -1 is the chain of the checkpoints
CREATE TABLE audit_head (
  home {int} NOT NULL PRIMARY KEY,
  number {int} NOT NULL,
  hash {bytes} NOT NULL
) {clustered};

-- local: the ends of all chains at one instant, signed
CREATE TABLE audit_checkpoint (
  number {int} NOT NULL PRIMARY KEY,
  at {time} NOT NULL,
  heads {text} NOT NULL,         -- home:number:hash of each chain, in the order of homes
  previous {bytes} NOT NULL,     -- the hash of the checkpoint before
  signature {bytes} NOT NULL,    -- Ed25519
  public_key {bytes} NOT NULL
) {strict};
