-- Case conferences: who talks about whom, minutes in versions. What was agreed on stands in agreed_task.

-- large: a conference; at home with the organisation that planned it
CREATE TABLE conference (
  home {int} NOT NULL,
  id {id} NOT NULL,
  organisation_id {id} NOT NULL,       -- that planned it
  organisation_name {text} NOT NULL,
  planner_id {id} NOT NULL,
  planner_name {text} NOT NULL,
  chair_id {id} NOT NULL,
  chair_name {text} NOT NULL,
  on_day {date} NOT NULL,
  starts_at {time} NOT NULL,
  ends_at {time} NOT NULL,
  way {text} NOT NULL,                 -- room, online, both
  state {text} NOT NULL,               -- planned, held, cancelled
  minutes {int} NOT NULL,              -- number of the latest version; 0 before there is one
  confirmed {int} NOT NULL,            -- number of the version that the chair confirmed last
  content {bytes} NOT NULL,            -- sealed: title, place, why it was put off or called off
  made_at {time} NOT NULL,
  changed_at {time} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (home, id)
) {clustered};
CREATE INDEX conference_of_chair ON conference (chair_id, on_day);

-- large: who takes part, by account or by name
CREATE TABLE conference_person (
  home {int} NOT NULL,
  conference_id {id} NOT NULL,
  number {int} NOT NULL,
  account_id {id},
  name {text} NOT NULL,
  organisation_name {text} NOT NULL,
  starts_at {time} NOT NULL,           -- as the conference
  PRIMARY KEY (home, conference_id, number)
) {clustered};
CREATE INDEX conference_person_by_account ON conference_person (account_id, starts_at, conference_id);

-- large: whom is talked about, and what is asked
CREATE TABLE conference_case (
  home {int} NOT NULL,
  conference_id {id} NOT NULL,
  number {int} NOT NULL,
  about_kind {text} NOT NULL,          -- case, record
  about_id {id} NOT NULL,
  content {bytes} NOT NULL,            -- sealed: name, question
  PRIMARY KEY (home, conference_id, number)
) {clustered};
CREATE INDEX conference_case_about ON conference_case (about_id);

-- large: minutes; each correction is another version
CREATE TABLE conference_minutes (
  home {int} NOT NULL,
  conference_id {id} NOT NULL,
  number {int} NOT NULL,
  content {bytes} NOT NULL,            -- sealed: who came, of each client situation, opinions, decisions; why it was corrected
  written_by_name {text} NOT NULL,
  at {time} NOT NULL,
  confirmed_by_name {text},
  confirmed_at {time},
  PRIMARY KEY (home, conference_id, number)
) {clustered};
