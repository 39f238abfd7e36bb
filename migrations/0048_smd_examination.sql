-- The yearly physical examination in the follow-up of severe mental disorders.

ALTER TABLE smd_record ADD COLUMN examination_due_on {date};   -- of who is managed; filled with the next change of a record, or by the clock
CREATE INDEX smd_record_examination_by_county ON smd_record (county, examination_due_on, id) WHERE examination_due_on IS NOT NULL;
CREATE INDEX smd_record_unexamined ON smd_record (state, id) WHERE state = 'managed' AND examination_due_on IS NULL;

-- large: examinations, invitations and refusals; one that was wrong is voided and stays
CREATE TABLE smd_examination (
  home {int} NOT NULL,           -- of the person
  id {id} NOT NULL,
  record_id {id} NOT NULL,
  made_on {date} NOT NULL,
  answer {text} NOT NULL,        -- done, invited, refused
  content {bytes} NOT NULL,      -- sealed: consent, findings, values
  recorded_by_name {text} NOT NULL,
  organisation_id {id} NOT NULL,
  at {time} NOT NULL,
  voided_at {time},
  voided_by_name {text},
  void_reason {bytes},           -- sealed
  PRIMARY KEY (home, id)
) {clustered};
CREATE INDEX smd_examination_by_record ON smd_examination (home, record_id, made_on);
