-- Phones that hold a caseload without a network: which there are, and what was handed to them.

-- local: a browser of an account that may work without a network; once revoked it deletes what it holds at its next contact
CREATE TABLE device (
  id {id} NOT NULL PRIMARY KEY,
  account_id {id} NOT NULL REFERENCES account (id),
  name {text} NOT NULL,                -- what its holder calls it
  content_key {bytes} NOT NULL,        -- sealed: what the device encrypts its store with
  created_at {time} NOT NULL,
  seen_at {time} NOT NULL,
  handed_at {time},                    -- when it last got a caseload …
  handed_rows {int} NOT NULL,          -- … of so many persons
  waiting {int} NOT NULL,              -- visits that waited there at the last contact
  clock_seconds {int} NOT NULL,        -- by how much its clock was ahead then
  revoked_at {time},
  revoked_by {id},
  wiped_at {time}                      -- when a revoked device told that it holds nothing any more
) {strict};
CREATE INDEX device_of_account ON device (account_id, created_at);
