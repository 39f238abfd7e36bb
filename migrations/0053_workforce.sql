-- How staff of the talent library are employed, and what they were trained in.

-- reference: one stretch of employment; other hours or another post end one and begin the next
CREATE TABLE employment (
  id {id} NOT NULL PRIMARY KEY,
  talent_id {id} NOT NULL REFERENCES talent (id),
  institution_id {id} NOT NULL REFERENCES institution (id),
  post {text} NOT NULL,                -- a code of data/workforce.toml
  week_minutes {int} NOT NULL,         -- by contract
  from_on {date} NOT NULL,
  until_on {date},                     -- the last day; nothing while it goes on
  account_id {id},                     -- the worker's own account, which sees the own record
  recorded_by {id} NOT NULL,
  recorded_at {time} NOT NULL
) {strict};
CREATE UNIQUE INDEX employment_by_talent ON employment (talent_id, from_on);
CREATE INDEX employment_by_institution ON employment (institution_id);
CREATE INDEX employment_by_account ON employment (account_id);

-- reference: a training that staff came to; kept when it is void
CREATE TABLE training (
  id {id} NOT NULL PRIMARY KEY,
  organisation_id {id} NOT NULL REFERENCES organisation (id),  -- that entered it
  county {int} NOT NULL,
  on_day {date} NOT NULL,
  minutes {int} NOT NULL,
  topic {text} NOT NULL,
  organiser {text} NOT NULL,
  kind {text} NOT NULL,                -- a code of data/workforce.toml
  evidence {text} NOT NULL,            -- number of the certificate, the sign-in list, or where they are kept
  persons {int} NOT NULL,
  state {text} NOT NULL,               -- stands, void
  reason {text},                       -- why it is void
  recorded_by_name {text} NOT NULL,
  recorded_at {time} NOT NULL,
  voided_by_name {text},
  voided_at {time}
) {strict};
CREATE INDEX training_by_house ON training (organisation_id, on_day);
CREATE INDEX training_by_county ON training (county, on_day);

-- reference: somebody at a training
CREATE TABLE training_attendance (
  talent_id {id} NOT NULL REFERENCES talent (id),
  training_id {id} NOT NULL REFERENCES training (id),
  on_day {date} NOT NULL,
  minutes {int} NOT NULL,
  stands {bool} NOT NULL,
  PRIMARY KEY (talent_id, training_id)
) {strict};
CREATE INDEX training_attendance_by_training ON training_attendance (training_id);

ALTER TABLE talent ADD COLUMN course_minutes {json};     -- by calendar year, of the trainings that stand
ALTER TABLE talent ADD COLUMN certificate_until {date};  -- the certificate's last day; many have none
