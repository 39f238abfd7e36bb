-- Emergencies of people in follow-up: the record of the handling, with its clocks.

-- large: one emergency (form 12) with the checks afterwards
CREATE TABLE smd_emergency (
  home {int} NOT NULL,
  id {id} NOT NULL,
  record_id {id} NOT NULL,
  began_at {time} NOT NULL,
  due_at {time},                 -- the earliest instant at which something is owed; null once it is over
  told_overdue_at {time},        -- when the county was told of this instant
  closed_at {time},
  content {bytes} NOT NULL,      -- sealed: what set it off, risk, handling, consent, checks
  recorded_by {id} NOT NULL,
  recorded_by_name {text} NOT NULL,
  organisation_id {id} NOT NULL,
  changed_at {time} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (home, id)
) {clustered};
CREATE INDEX smd_emergency_by_record ON smd_emergency (home, record_id, began_at);
CREATE INDEX smd_emergency_late ON smd_emergency (due_at) WHERE due_at IS NOT NULL AND told_overdue_at IS NULL;
