-- Follow-up of severe mental disorders: the register, what happened to each record, and the visits.

-- large: one record for each person; state and deadlines are what its events and visits add up to
CREATE TABLE smd_record (
  home {int} NOT NULL,           -- of the person
  id {id} NOT NULL,
  person_id {id} NOT NULL,
  division {int} NOT NULL,       -- where the person is managed
  county {int} NOT NULL,
  in_charge {id} NOT NULL,       -- organisation of primary care
  receiver {id},                 -- whom a move asks to accept
  reporter {id},                 -- who diagnosed and reported, or discharged
  state {text} NOT NULL,         -- clue, reviewed, reported, received, managed, registered_only, lost, moved, hospital, excluded, deceased
  class {int},                   -- of the last visit with one: 1 unstable, 2 basically stable, 3 stable
  risk {int},                    -- of the same visit, 0 to 5
  last_visit_on {date},
  due_on {date},                 -- the earliest day on which something is owed
  due_what {text},               -- report, receipt, move_answer, first_visit, visit, retry
  told_overdue_at {time},        -- when the county was told of this day
  content {bytes} NOT NULL,      -- sealed: consent, move, death, diagnosis, guardian, means
  opened_at {time} NOT NULL,
  changed_at {time} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (home, id)
) {clustered};
CREATE UNIQUE INDEX smd_record_by_person ON smd_record (home, person_id);
CREATE INDEX smd_record_by_county ON smd_record (county, due_on, id);
CREATE INDEX smd_record_by_division ON smd_record (division, due_on, id);
CREATE INDEX smd_record_by_charge ON smd_record (in_charge, due_on, id);
CREATE INDEX smd_record_by_receiver ON smd_record (receiver) WHERE receiver IS NOT NULL;
CREATE INDEX smd_record_by_reporter ON smd_record (reporter) WHERE reporter IS NOT NULL;
CREATE INDEX smd_record_late ON smd_record (due_on) WHERE due_on IS NOT NULL AND told_overdue_at IS NULL;

-- large: what happened to a record; rows are only ever added, one that a voided visit had caused no longer counts
CREATE TABLE smd_event (
  home {int} NOT NULL,
  id {id} NOT NULL,
  record_id {id} NOT NULL,
  version {int} NOT NULL,        -- of the record after it
  number {int} NOT NULL,         -- within the version
  kind {text} NOT NULL,          -- opened, profile, told, or the step
  happened_on {date} NOT NULL,
  visit_id {id},                 -- the visit that it followed from
  content {bytes} NOT NULL,      -- sealed
  recorded_by {id} NOT NULL,
  recorded_by_name {text} NOT NULL,
  organisation_id {id} NOT NULL,
  at {time} NOT NULL,
  voided_at {time},
  PRIMARY KEY (home, id)
) {clustered};
CREATE UNIQUE INDEX smd_event_once ON smd_event (home, record_id, version, number);

-- large: visits and tries of them (form 8); one that was wrong is voided and stays
CREATE TABLE followup_visit (
  home {int} NOT NULL,
  id {id} NOT NULL,              -- made by who sends it, so that the same visit sent twice is one
  record_id {id} NOT NULL,
  visit_on {date} NOT NULL,
  class {int},
  rule {text},                   -- row of the decision table that the class follows
  course {text},                 -- entry of the terms that the next day follows; null where nobody was met
  risk {int},
  face_to_face {bool} NOT NULL,
  reached {bool} NOT NULL,
  next_on {date},
  content {bytes} NOT NULL,      -- sealed: the whole form
  replaces {id},                 -- the voided visit that this one corrects
  recorded_by {id} NOT NULL,
  recorded_by_name {text} NOT NULL,
  organisation_id {id} NOT NULL,
  at {time} NOT NULL,
  voided_at {time},
  voided_by_name {text},
  void_reason {bytes},           -- sealed
  PRIMARY KEY (home, id)
) {clustered};
CREATE INDEX followup_visit_by_record ON followup_visit (home, record_id, visit_on, at);
