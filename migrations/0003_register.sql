-- The register: persons as clusters of source records, how they were linked, what was counted, what was imported.

-- large: what is shown of a person; each row is the fold of its cluster's source records and need facts
CREATE TABLE person (
  home {int} NOT NULL,
  id {id} NOT NULL,
  head_home {int} NOT NULL,      -- as whom this person is shown: itself, or the head of its cluster
  head_id {id} NOT NULL,
  merged_into {id},              -- the next step towards the head; null for a head
  name {text} NOT NULL,
  sex {text},                    -- male, female
  born_on {date},
  division {int} NOT NULL,       -- 12-digit code of residence
  registered_division {int},     -- 12-digit code of the household registration
  in_health {bool} NOT NULL,
  in_dpf {bool} NOT NULL,
  in_application {bool} NOT NULL,
  number {bytes},                -- identity number, sealed
  number_index {bytes},
  phone {bytes},                 -- sealed
  phone_index {bytes},
  lives_at_home {bool},
  need_assessed {bool},
  suitable {bool},
  consented {bool},
  created_at {time} NOT NULL,
  ended_at {time},               -- no source record speaks for this person any more
  version {int} NOT NULL,
  PRIMARY KEY (home, id)
) {clustered};
CREATE INDEX person_by_division ON person (division, id);
CREATE INDEX person_by_head ON person (head_id);

-- large: one row of one sender's list, never overwritten
CREATE TABLE source_record (
  home {int} NOT NULL,
  id {id} NOT NULL,
  person_id {id} NOT NULL,
  import_id {id},                -- null for an application at the desk
  row_number {int},
  kind {text} NOT NULL,          -- smd, dpf, application
  sender {text} NOT NULL,
  key_index {bytes} NOT NULL,    -- by which the sender's next list finds this row again
  digest {bytes} NOT NULL,       -- keyed digest of everything the row says
  name {text} NOT NULL,
  sex {text},
  born_on {date},
  division {int} NOT NULL,
  registered_division {int},
  number {bytes},
  number_index {bytes},          -- null also where the number fails its check
  phone {bytes},
  phone_index {bytes},
  certificate {bytes},           -- disability certificate, sealed
  private {bytes},               -- address, guardian and the like: a sealed document
  fields {json} NOT NULL,        -- coded columns of the kind
  lives_at_home {bool},
  need_assessed {bool},
  suitable {bool},
  consented {bool},
  linked_as {text} NOT NULL,     -- first, exact, review, moved
  created_at {time} NOT NULL,
  ended_at {time},
  ended_because {text},          -- superseded, undone
  supersedes {id},               -- the record of the same sender that this one replaced
  PRIMARY KEY (home, id)
) {clustered};
CREATE INDEX source_record_by_person ON source_record (person_id);
CREATE INDEX source_record_by_import ON source_record (import_id, row_number);

-- reference: whom a number belongs to, for ever; the only place of global uniqueness
CREATE TABLE claim (
  kind {text} NOT NULL,          -- identity_number, disability_certificate, row, pinned
  hash {bytes} NOT NULL,
  home {int} NOT NULL,
  id {id} NOT NULL,
  PRIMARY KEY (kind, hash)
) {clustered};

-- reference: stored keys by which persons are searched and by which possible doubles meet; only ever added
CREATE TABLE person_key (
  key {bytes} NOT NULL,          -- a short text; as bytes, so that its order is the same on both databases
  home {int} NOT NULL,
  person_id {id} NOT NULL,
  PRIMARY KEY (key, person_id)
) {clustered};

-- large: everybody below a head, at any depth
CREATE TABLE person_member (
  home {int} NOT NULL,
  head_id {id} NOT NULL,
  member_home {int} NOT NULL,
  member_id {id} NOT NULL,
  PRIMARY KEY (home, head_id, member_id)
) {clustered};

-- large: what was linked and unlinked; rows are only ever added
CREATE TABLE link_event (
  home {int} NOT NULL,
  id {id} NOT NULL,
  person_id {id} NOT NULL,
  kind {text} NOT NULL,          -- linked, merged, unmerged, unlinked, different, reopened, superseded, undone
  other_id {id},
  record_id {id},
  pair_id {id},
  account_id {id} NOT NULL,
  at {time} NOT NULL,
  detail {json} NOT NULL,
  PRIMARY KEY (home, id)
) {clustered};
CREATE INDEX link_event_by_person ON link_event (person_id, at);

-- large: two persons who may be one, for a clerk to decide
CREATE TABLE candidate_pair (
  home {int} NOT NULL,           -- of the left person
  id {id} NOT NULL,
  left_id {id} NOT NULL,
  right_home {int} NOT NULL,
  right_id {id} NOT NULL,
  division {int} NOT NULL,       -- where the left person lived when the pair was found
  probability {real} NOT NULL,
  explanation {json} NOT NULL,   -- column, level, bits
  state {text} NOT NULL,         -- open, same, different
  owner_id {id},
  due_on {date} NOT NULL,
  decided_by {id},
  decided_at {time},
  joined {id},                   -- whom the decision merged into whom: the member
  created_at {time} NOT NULL,
  import_id {id},
  version {int} NOT NULL,
  PRIMARY KEY (home, id)
) {clustered};
CREATE UNIQUE INDEX candidate_pair_once ON candidate_pair (home, left_id, right_id);
CREATE INDEX candidate_pair_queue ON candidate_pair (state, division, due_on);
CREATE INDEX candidate_pair_by_right ON candidate_pair (right_id);

-- large: what is known of a person's need, one row per finding, only ever added
CREATE TABLE need_fact (
  home {int} NOT NULL,
  id {id} NOT NULL,
  person_id {id} NOT NULL,
  fact {text} NOT NULL,          -- lives_at_home, need_assessed, suitable, consented
  value {bool} NOT NULL,
  found_on {date} NOT NULL,
  account_id {id} NOT NULL,
  recorded_at {time} NOT NULL,
  PRIMARY KEY (home, id)
) {clustered};
CREATE INDEX need_fact_by_person ON need_fact (person_id);

-- reference: figures, changed in the same transaction as the facts
CREATE TABLE tally (
  indicator {text} NOT NULL,
  division {int} NOT NULL,
  count {int} NOT NULL,
  PRIMARY KEY (indicator, division)
) {clustered};

-- local: one list that was sent in
CREATE TABLE import (
  id {id} NOT NULL PRIMARY KEY,
  kind {text} NOT NULL,
  sender {text} NOT NULL,
  file_name {text} NOT NULL,
  size {int} NOT NULL,           -- bytes
  state {text} NOT NULL,         -- staged, checked, running, linking, done, failed, undoing, undone
  mapping {json} NOT NULL,       -- header text to field, as chosen by the user
  keep_valid {bool} NOT NULL,
  keep_unverified {bool} NOT NULL,
  rows_total {int} NOT NULL,     -- 0 until the file was read once
  rows_done {int} NOT NULL,
  summary {json} NOT NULL,
  failure {text},
  account_id {id} NOT NULL,
  organisation_id {id} NOT NULL,
  division {int} NOT NULL,
  today {date} NOT NULL,         -- the day against which dates are checked, also when read again
  created_at {time} NOT NULL,
  started_at {time},
  finished_at {time},
  version {int} NOT NULL
) {strict};
CREATE INDEX import_by_time ON import (division, id);

-- local: the file as it came, sealed, in pieces
CREATE TABLE import_part (
  import_id {id} NOT NULL,
  number {int} NOT NULL,
  content {bytes} NOT NULL,
  PRIMARY KEY (import_id, number)
) {clustered};

-- local: what became of each row, one letter per row
CREATE TABLE import_outcome (
  import_id {id} NOT NULL,
  first_row {int} NOT NULL,
  outcomes {text} NOT NULL,
  PRIMARY KEY (import_id, first_row)
) {clustered};

-- local: which column means what in this sender's lists
CREATE TABLE import_mapping (
  kind {text} NOT NULL,
  sender {text} NOT NULL,
  mapping {json} NOT NULL,
  changed_at {time} NOT NULL,
  PRIMARY KEY (kind, sender)
) {strict};
