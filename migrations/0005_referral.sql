-- A referral case: the row is the fold of its events; events, forms, messages and tasks beside it.

-- large: the case as it stands now
CREATE TABLE referral (
  home {int} NOT NULL,
  id {id} NOT NULL,
  episode {id} NOT NULL,               -- first case of the chain
  receipt {text},                      -- receipt number of the application
  registration {text},                 -- registration number
  person_id {id},                      -- once known to the register
  client_name {text} NOT NULL,
  client_initials {text} NOT NULL,     -- pinyin initials, for the search box
  client_index {bytes},                -- blind index of the identity number
  client_sex {text},
  client_born_on {date},
  state {text} NOT NULL,
  version {int} NOT NULL,              -- number of events
  county {int} NOT NULL,               -- county in charge
  division {int} NOT NULL,             -- residence
  channel {text} NOT NULL,
  filed_by {id} NOT NULL,
  filed_by_organisation {id} NOT NULL,
  institution_id {id},                 -- offered to, or in charge
  case_manager_id {id},
  hospital_id {id},
  transfer_office_id {id},             -- office that a pending transfer was proposed to
  next_role {text},                    -- whose turn it is
  clock {text},                        -- the running clock that ends first
  due_at {time},
  remind_at {time},
  provisional {bool} NOT NULL,         -- the deadline crosses a year without a holiday table
  frozen {bool} NOT NULL,
  told_overdue_at {time},
  priority {int},                      -- on the waiting list, 1 first
  restricted_at {time},                -- consent taken back: forms are out of daily sight
  unmet_at {time},                     -- no institution fitted: counted as unmet demand
  created_at {time} NOT NULL,
  changed_at {time} NOT NULL,
  -- Last: SQLite keeps what is long on pages of its own, and lists read only what stands before it.
  body {json} NOT NULL,                -- the whole case
  PRIMARY KEY (home, id)
) {clustered};
-- Holds all that the counts of a work list look at, so that they read no row.
CREATE INDEX referral_by_turn ON referral (county, next_role, due_at, state, frozen);
CREATE INDEX referral_by_institution ON referral (institution_id, state);
CREATE INDEX referral_by_person ON referral (person_id);
CREATE INDEX referral_by_client ON referral (client_index);
CREATE INDEX referral_by_filer ON referral (filed_by_organisation, changed_at);
CREATE INDEX referral_by_account ON referral (filed_by);
CREATE INDEX referral_by_hospital ON referral (hospital_id);
CREATE INDEX referral_by_transfer ON referral (transfer_office_id);
CREATE INDEX referral_by_due ON referral (due_at);
CREATE INDEX referral_by_receipt ON referral (receipt);
CREATE INDEX referral_by_registration ON referral (registration);
CREATE INDEX referral_by_name ON referral (client_name);
CREATE INDEX referral_by_initials ON referral (client_initials);
CREATE INDEX referral_by_episode ON referral (episode);

-- large: what happened, append-only; each digest covers the one before it
CREATE TABLE referral_event (
  home {int} NOT NULL,
  referral_id {id} NOT NULL,
  sequence {int} NOT NULL,
  name {text} NOT NULL,
  event {json} NOT NULL,
  actor_name {text} NOT NULL,
  at {time} NOT NULL,
  from_state {text},
  to_state {text} NOT NULL,
  rule {text} NOT NULL,
  reason {text},
  deadline_met {bool},
  digest {bytes} NOT NULL,
  PRIMARY KEY (home, referral_id, sequence),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) {clustered};

-- large: forms as written, sealed; never changed, only followed by a later one
CREATE TABLE form_entry (
  home {int} NOT NULL,
  id {id} NOT NULL,
  referral_id {id} NOT NULL,
  code {text} NOT NULL,
  form_version {int} NOT NULL,
  content {bytes} NOT NULL,
  written_by {id} NOT NULL,
  written_by_name {text} NOT NULL,
  organisation_id {id} NOT NULL,
  at {time} NOT NULL,
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) {clustered};
CREATE INDEX form_entry_by_referral ON form_entry (home, referral_id, code, at);

-- large: messages between the parties; delivery is a track of its own
CREATE TABLE message (
  home {int} NOT NULL,
  id {id} NOT NULL,
  referral_id {id} NOT NULL,
  kind {text} NOT NULL,
  to_party {text} NOT NULL,            -- client, guardian, county, institution, account, office, hospital, primary_doctor, police
  to_account {id},
  to_organisation {id},
  to_role {text},
  county {int} NOT NULL,
  due_on {date},
  state {text} NOT NULL,               -- queued, sent, received, read, answered
  created_at {time} NOT NULL,
  read_at {time},
  read_by {id},
  answered_at {time},
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) {clustered};
CREATE INDEX message_by_referral ON message (home, referral_id);
CREATE INDEX message_by_account ON message (to_account, state);
CREATE INDEX message_by_organisation ON message (to_organisation, state);
CREATE INDEX message_by_county ON message (county, to_role, state);

-- large: duties beside the running clock
CREATE TABLE task (
  home {int} NOT NULL,
  id {id} NOT NULL,
  referral_id {id} NOT NULL,
  kind {text} NOT NULL,
  to_party {text} NOT NULL,
  to_account {id},
  to_organisation {id},
  to_role {text},
  county {int} NOT NULL,
  due_at {time},
  created_at {time} NOT NULL,
  done_at {time},
  done_by {id},
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) {clustered};
CREATE INDEX task_by_referral ON task (home, referral_id);
CREATE INDEX task_by_account ON task (to_account, done_at);
CREATE INDEX task_by_organisation ON task (to_organisation, done_at);
CREATE INDEX task_by_county ON task (county, to_role, done_at);

-- local: running numbers of receipts and registrations, by county and year
CREATE TABLE running_number (
  series {text} NOT NULL PRIMARY KEY,
  last {int} NOT NULL
) {strict};

-- local: steps counted as they happen, for the on-time rates
CREATE TABLE clock_tally (
  county {int} NOT NULL,
  month {int} NOT NULL,                -- year times 100 plus month, in which the step finished or became late
  clock {text} NOT NULL,
  met {int} NOT NULL,
  missed {int} NOT NULL,
  PRIMARY KEY (county, month, clock)
) {strict};
