-- What persons ask of those who hold their data, and what was answered.

-- large: one request each; answered once
CREATE TABLE rights_request (
  home {int} NOT NULL,
  id {id} NOT NULL,
  person_id {id},                      -- whom it is about, where the register knows
  referral_id {id},                    -- the case with which somebody asked whom the register does not know yet
  county {int} NOT NULL,               -- the county that answers
  kind {text} NOT NULL,                -- copy, correction, deletion, explanation, complaint
  words {bytes} NOT NULL,              -- what was asked, sealed
  asked_by {id} NOT NULL,              -- account
  guardian {bool} NOT NULL,            -- a guardian asked
  asked_at {time} NOT NULL,
  due_on {date} NOT NULL,
  due_at {time} NOT NULL,
  answered_at {time},
  answered_by {id},
  outcome {text},                      -- granted, partly, refused
  ground {text},
  answer {bytes},                      -- sealed
  PRIMARY KEY (home, id)
) {clustered};
CREATE INDEX rights_request_by_desk ON rights_request (county, answered_at, due_at);
CREATE INDEX rights_request_by_person ON rights_request (person_id);
CREATE INDEX rights_request_by_account ON rights_request (asked_by);

-- large: how a person may be reached; rows are only ever added, the last one holds
CREATE TABLE contact_rule (
  home {int} NOT NULL,
  id {id} NOT NULL,
  person_id {id},                      -- once known to the register
  referral_id {id} NOT NULL,           -- the case with which it was said
  content {bytes} NOT NULL,            -- sealed
  written_by {id} NOT NULL,
  written_by_name {text} NOT NULL,
  guardian {bool} NOT NULL,
  at {time} NOT NULL,
  PRIMARY KEY (home, id)
) {clustered};
CREATE INDEX contact_rule_by_person ON contact_rule (person_id, at);
CREATE INDEX contact_rule_by_referral ON contact_rule (referral_id, at);
