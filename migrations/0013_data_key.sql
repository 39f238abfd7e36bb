-- The keys that seal columns. Each is random and stands here wrapped by a master key of the key file, which is no part of
-- the database.

-- local: small; the key with the highest number seals, the others open what they sealed
CREATE TABLE data_key (
  number {int} NOT NULL PRIMARY KEY,   -- the first byte of what it seals: 1 … 255, never used again
  algorithm {text} NOT NULL,
  wrapped {bytes} NOT NULL,
  master_version {int} NOT NULL,       -- which master key wrapped it
  created_at {time} NOT NULL,
  retired_at {time}                    -- since when no value was found that it seals
) {strict};
