-- Papers of the register of severe mental disorders: report cards, discharge slips, personal-information supplements.

-- large: papers of a record; a later version or a correction is a row of its own, and the one before stays
CREATE TABLE smd_paper (
  home {int} NOT NULL,           -- of the person
  id {id} NOT NULL,
  record_id {id} NOT NULL,
  kind {text} NOT NULL,          -- report_card, discharge_slip, supplement
  number {int} NOT NULL,         -- within the kind, from 1
  made_on {date} NOT NULL,       -- the day of the paper; of a slip that of the discharge
  content {bytes} NOT NULL,      -- sealed: every field
  replaces {id},                 -- the paper that this one corrects or continues
  recorded_by_name {text} NOT NULL,
  organisation_id {id} NOT NULL,
  at {time} NOT NULL,
  PRIMARY KEY (home, id)
) {clustered};
CREATE UNIQUE INDEX smd_paper_by_record ON smd_paper (home, record_id, kind, number);
