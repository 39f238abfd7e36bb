-- Emergency access: records opened for a short time by somebody outside their scope, and the judgement of a second person.

-- large: one try to open a record; where nobody was found it has no subject
CREATE TABLE emergency_access (
  home {int} NOT NULL,           -- of the subject; of the account where nobody was found
  id {id} NOT NULL,
  account_id {id} NOT NULL,
  role {text} NOT NULL,          -- in which the account opened
  organisation_id {id} NOT NULL,
  subject_kind {text},           -- person, referral
  subject_id {id},
  division {int} NOT NULL,       -- where the person lives or the case is led; of the account where nobody was found
  basis {text} NOT NULL,         -- emergency, statutory_duty
  reason {bytes} NOT NULL,       -- sealed
  at {time} NOT NULL,
  ends_at {time} NOT NULL,
  ended_at {time},               -- by the opener, before its time
  review_due_at {time} NOT NULL,
  escalated_at {time},           -- when the role above was told
  reviewed_by {id},
  reviewed_at {time},
  verdict {text},                -- justified, not_justified
  note {bytes},                  -- sealed
  PRIMARY KEY (home, id)
) {clustered};
CREATE INDEX emergency_access_by_account ON emergency_access (account_id, ends_at);
CREATE INDEX emergency_access_by_time ON emergency_access (at, id);
CREATE INDEX emergency_access_to_judge ON emergency_access (division, review_due_at)
  WHERE verdict IS NULL AND subject_id IS NOT NULL;
CREATE INDEX emergency_access_late ON emergency_access (review_due_at)
  WHERE verdict IS NULL AND subject_id IS NOT NULL AND escalated_at IS NULL;
