-- Files that left the platform, or are asked for.

-- local: one file; what was in it says the filter
CREATE TABLE taken_file (
  id {id} NOT NULL PRIMARY KEY,
  code {text} NOT NULL,          -- printed on each page of the file
  subject {text} NOT NULL,       -- kind of data: case, institution, talent, need, log
  filter {json} NOT NULL,
  row_count {int} NOT NULL,
  state {text} NOT NULL,         -- asked, agreed, declined, taken
  reason {text} NOT NULL,        -- why it is asked for; empty where nobody had to be asked
  account_id {id} NOT NULL,
  organisation_id {id} NOT NULL,
  division {int} NOT NULL,       -- of the asking account
  asked_at {time} NOT NULL,
  decided_by {id},
  decided_at {time},
  note {text},
  fetch_until {time},
  taken_at {time},
  version {int} NOT NULL
) {strict};
CREATE INDEX taken_file_by_account ON taken_file (account_id, asked_at);
CREATE INDEX taken_file_to_decide ON taken_file (state, division, asked_at);
CREATE INDEX taken_file_by_code ON taken_file (code);
