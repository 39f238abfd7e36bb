-- Management groups of townships in the follow-up of severe mental disorders: members, meetings, and the cases handed to them.

-- reference: one for each township that has a group
CREATE TABLE smd_group (
  id {id} NOT NULL PRIMARY KEY,
  division {int} NOT NULL UNIQUE,  -- the township
  county {int} NOT NULL,
  name {text} NOT NULL,
  content {bytes} NOT NULL,        -- sealed: members with their telephones
  complete {bool} NOT NULL,        -- every office that a group needs is filled
  changed_by_name {text} NOT NULL,
  changed_at {time} NOT NULL,
  version {int} NOT NULL
) {strict};
CREATE INDEX smd_group_by_county ON smd_group (county, division);

-- reference: meetings of a group
CREATE TABLE smd_group_meeting (
  id {id} NOT NULL PRIMARY KEY,
  group_id {id} NOT NULL REFERENCES smd_group(id),
  held_on {date} NOT NULL,
  content {bytes} NOT NULL,        -- sealed: who came, what was agreed
  recorded_by_name {text} NOT NULL,
  at {time} NOT NULL
) {strict};
CREATE INDEX smd_group_meeting_by_group ON smd_group_meeting (group_id, held_on);

-- large: cases handed to a group, with why, and what came of it
CREATE TABLE smd_handed (
  home {int} NOT NULL,             -- of the person
  id {id} NOT NULL,
  record_id {id} NOT NULL,
  division {int} NOT NULL,         -- where the person was managed
  county {int} NOT NULL,
  ground {text} NOT NULL,          -- risk, refused, lost
  handed_on {date} NOT NULL,
  closed_on {date},
  content {bytes} NOT NULL,        -- sealed: words, measures, how it ended
  recorded_by_name {text} NOT NULL,
  organisation_id {id} NOT NULL,
  at {time} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (home, id)
) {clustered};
CREATE UNIQUE INDEX smd_handed_once ON smd_handed (home, record_id) WHERE closed_on IS NULL;
CREATE INDEX smd_handed_by_record ON smd_handed (home, record_id);
CREATE INDEX smd_handed_open ON smd_handed (division, id) WHERE closed_on IS NULL;
CREATE INDEX smd_handed_by_division ON smd_handed (division, id);
