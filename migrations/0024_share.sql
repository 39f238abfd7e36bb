-- Shares: connectors through which a department's program takes what a basis allows of cases, the impact assessments and
-- receipts that prove it, and the stream that the program reads.

-- reference: one connector; kept after its end
CREATE TABLE share (
  id {id} NOT NULL PRIMARY KEY,
  county {int} NOT NULL,               -- the county that gives
  recipient_id {id} NOT NULL REFERENCES organisation (id),
  basis {text} NOT NULL,               -- code of data/share.toml
  kinds {json} NOT NULL,               -- codes of kinds of data
  agreement {text} NOT NULL,           -- number; empty while there is none
  agreed_on {date},
  state {text} NOT NULL,               -- drafted, open, suspended, ended
  proposed_by {id},                    -- who proposed to open it, until a second person confirms
  assessment_id {id},                  -- the latest
  review_due_on {date},                -- of the latest
  opened_at {time},                    -- for the first time
  person_key {bytes} NOT NULL,         -- sealed: by its digests the recipient finds its own records again
  last_number {int} NOT NULL,          -- of the stream
  given_number {int} NOT NULL,         -- the last one that left
  receipt_number {int} NOT NULL,       -- the last one that the recipient acknowledged
  receipt_at {time},
  read_at {time},
  created_at {time} NOT NULL,
  changed_at {time} NOT NULL,
  version {int} NOT NULL
) {strict};
CREATE INDEX share_by_county ON share (county, state);
CREATE INDEX share_by_recipient ON share (recipient_id);
CREATE INDEX share_by_review ON share (state, review_due_on);

-- reference: one impact assessment; rows are only ever added
CREATE TABLE share_assessment (
  id {id} NOT NULL PRIMARY KEY,
  share_id {id} NOT NULL REFERENCES share (id),
  number {text} NOT NULL,
  concluded_on {date} NOT NULL,
  concluded_by {text} NOT NULL,
  conclusion {text} NOT NULL,          -- acceptable, with_measures, not_acceptable
  measures {text} NOT NULL,
  kinds {json} NOT NULL,               -- what was assessed
  review_due_on {date} NOT NULL,
  recorded_by {text} NOT NULL,         -- name
  recorded_at {time} NOT NULL
) {strict};
CREATE INDEX share_assessment_by_share ON share_assessment (share_id, recorded_at);

-- reference: what was done with a share; rows are only ever added
CREATE TABLE share_event (
  id {id} NOT NULL PRIMARY KEY,
  share_id {id} NOT NULL REFERENCES share (id),
  at {time} NOT NULL,
  account_id {id} NOT NULL,            -- nil where it closed by itself
  name {text} NOT NULL,
  event {text} NOT NULL,               -- drafted, changed, assessed, proposed, opened, suspended, ended
  reason {text} NOT NULL               -- in words; a code where it closed by itself
) {strict};
CREATE INDEX share_event_by_share ON share_event (share_id, at);

-- large: the stream: each case stands in it once, under the number of its last change
CREATE TABLE share_subject (
  home {int} NOT NULL,
  share_id {id} NOT NULL,
  referral_id {id} NOT NULL,
  reference {id} NOT NULL,             -- by which the recipient knows it; random
  number {int} NOT NULL,
  withdrawn {bool} NOT NULL,           -- the recipient deletes it
  content {json} NOT NULL,             -- what leaves; empty once withdrawn
  consent_until {date},                -- last day of the consent that it rests on
  given_number {int} NOT NULL,         -- under which it last left; 0 where it never did
  PRIMARY KEY (home, share_id, referral_id),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) {clustered};
CREATE INDEX share_subject_by_number ON share_subject (share_id, number);
CREATE INDEX share_subject_by_end ON share_subject (share_id, consent_until);

-- By which duty something was given: a code of data/share.toml, or deletion.
ALTER TABLE sharing ADD COLUMN law {text};
