-- Results of rating scales.

-- large: what answers to a scale amounted to; rows are only ever added, and a later definition does not rewrite them
CREATE TABLE scale_result (
  home {int} NOT NULL,
  id {id} NOT NULL,
  person_id {id},                      -- once known to the register
  referral_id {id} NOT NULL,           -- the case with which it was recorded
  scale {text} NOT NULL,               -- id of the definition
  definition_version {text} NOT NULL,
  content {bytes} NOT NULL,            -- sealed: answers, total, band, flags
  rater {text} NOT NULL,               -- who answered or rated: own, proxy, interviewer, trained, doctor, staff
  mode {text} NOT NULL,                -- screen, paper, interview, telephone
  language {text} NOT NULL,            -- zh-CN, en
  seconds {int},                       -- how long it took
  recorded_by {id} NOT NULL,
  recorded_by_name {text} NOT NULL,
  organisation_id {id} NOT NULL,
  at {time} NOT NULL,
  PRIMARY KEY (home, id)
) {clustered};
CREATE INDEX scale_result_by_referral ON scale_result (home, referral_id, at);
