-- Research projects with their keys, the extracts that left, and the name of a recipient that is no organisation here.

-- reference: one project; kept after its end, its key is not
CREATE TABLE research_project (
  id {id} NOT NULL PRIMARY KEY,
  organisation_id {id} NOT NULL REFERENCES organisation (id),  -- that asks on behalf of the researchers
  division {int} NOT NULL,             -- the area whose cases it is about
  title {text} NOT NULL,
  institution {text} NOT NULL,         -- the research body
  ethics_number {text} NOT NULL,
  ethics_on {date} NOT NULL,
  agreement {text} NOT NULL,
  agreed_on {date} NOT NULL,
  purpose {text} NOT NULL,
  fields {json} NOT NULL,              -- codes of data/research.toml
  until_on {date} NOT NULL,
  state {text} NOT NULL,               -- asked, agreed, declined, ended
  asked_by {id} NOT NULL,
  asked_at {time} NOT NULL,
  decided_by {id},
  decided_at {time},
  note {text},
  project_key {bytes},                 -- sealed; random; nothing before it is agreed to and once it is over
  key_destroyed_at {time},
  version {int} NOT NULL
) {strict};
CREATE INDEX research_project_by_area ON research_project (division, asked_at);
CREATE INDEX research_project_by_end ON research_project (state, until_on);

-- reference: one extract that left; rows are only ever added
CREATE TABLE research_extract (
  id {id} NOT NULL PRIMARY KEY,
  project_id {id} NOT NULL REFERENCES research_project (id),
  at {time} NOT NULL,
  account_id {id} NOT NULL,
  name {text} NOT NULL,
  code {text} NOT NULL,                -- printed on the file
  row_count {int} NOT NULL,
  persons {int} NOT NULL,
  generalised {int} NOT NULL,          -- persons of whom less is told than was asked for
  left_out {int} NOT NULL              -- persons left out
) {strict};
CREATE INDEX research_extract_by_project ON research_extract (project_id, at);

ALTER TABLE sharing ADD COLUMN recipient {text};  -- name of a recipient that is no organisation here
