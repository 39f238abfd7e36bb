-- Individual rehabilitation plans and what was measured of their goals.

-- large: versions of a case's individual plan; a change adds one, the ones before stay as they were
CREATE TABLE plan (
  home {int} NOT NULL,
  id {id} NOT NULL,
  referral_id {id} NOT NULL,
  number {int} NOT NULL,               -- version of the plan, from 1
  from_on {date} NOT NULL,
  until_on {date} NOT NULL,
  review_on {date} NOT NULL,
  written_by {id} NOT NULL,
  written_by_name {text} NOT NULL,
  organisation_id {id} NOT NULL,
  at {time} NOT NULL,
  signed_on {date},                    -- the day on which the person or guardian signed this version
  signature {bytes},                   -- sealed: who signed, how, witness, who recorded it
  content {bytes} NOT NULL,            -- sealed: problems, goals, services, the family's part, crisis plan
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) {clustered};
CREATE UNIQUE INDEX plan_by_referral ON plan (home, referral_id, number);

-- large: where a goal of a plan stood on a day; rows are only ever added
CREATE TABLE goal_value (
  home {int} NOT NULL,
  id {id} NOT NULL,
  referral_id {id} NOT NULL,
  on_day {date} NOT NULL,
  content {bytes} NOT NULL,            -- sealed: key of the goal, value, note
  written_by {id} NOT NULL,
  written_by_name {text} NOT NULL,
  organisation_id {id} NOT NULL,
  at {time} NOT NULL,
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) {clustered};
CREATE INDEX goal_value_by_referral ON goal_value (home, referral_id, on_day);
