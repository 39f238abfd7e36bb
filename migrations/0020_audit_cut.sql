-- Where the chains of the log begin once entries are deleted after their time: a signed statement stands for what was cut.

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
