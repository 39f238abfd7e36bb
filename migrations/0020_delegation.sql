-- Where the chains of the log begin once entries are deleted after their time, under a signed statement; and work handed to a
-- colleague for a time.

-- local: which entries were deleted; the latest holds
CREATE TABLE audit_cut (
  number {int} NOT NULL PRIMARY KEY,
  at {time} NOT NULL,
  before_at {time} NOT NULL,     -- entries of this instant and later were kept
  checkpoint {int} NOT NULL,     -- the checkpoint that named the ends up to which was cut
  starts {text} NOT NULL,        -- home:number:hash of the last entry deleted of each chain, in the order of homes
  signature {bytes} NOT NULL,    -- Ed25519
  public_key {bytes} NOT NULL
) {strict};

-- local: who stands in for whom
CREATE TABLE delegation (
  id {id} NOT NULL PRIMARY KEY,
  from_account {id} NOT NULL REFERENCES account (id),
  to_account {id} NOT NULL REFERENCES account (id),
  from_on {date} NOT NULL,
  until_on {date} NOT NULL,      -- the last day
  made_at {time} NOT NULL,
  ended_at {time}                -- by who delegated, before the last day
) {strict};
CREATE INDEX delegation_by_colleague ON delegation (to_account, until_on);
CREATE INDEX delegation_by_account ON delegation (from_account, until_on);
