-- People on the shared registers who are to be reached: to whom each was given, and every attempt.

-- large: a person whom the county gave to a house to be reached; how it stands is the fold of its attempts and of the person's case
CREATE TABLE lead (
  home {int} NOT NULL,
  id {id} NOT NULL,
  person_id {id} NOT NULL,
  county {int} NOT NULL,
  division {int} NOT NULL,             -- residence when it was given
  organisation_id {id} NOT NULL,       -- the house that is to reach the person
  given_on {date} NOT NULL,
  given_by {id} NOT NULL,
  given_by_name {text} NOT NULL,
  state {text} NOT NULL,               -- open, unreached, applies, filed, ended
  attempts {int} NOT NULL,
  tried_on {date},                     -- the first attempt
  contacted_on {date},                 -- the person or family was first reached
  trial_on {date},                     -- the person first came to a trial session
  consented_on {date},                 -- an application with the person's consent came in
  assessed_on {date},                  -- the comprehensive assessment was done
  started_on {date},                   -- the first session
  last_on {date},
  outcome {text},                      -- of the last attempt
  reason {text},                       -- the last that was given
  next_on {date},                      -- when to try again
  referral_id {id},                    -- the case that came of it
  taken_back_on {date},                -- by the county that gave it
  version {int} NOT NULL,
  changed_at {time} NOT NULL,
  PRIMARY KEY (home, id)
) {clustered};
CREATE INDEX lead_by_person ON lead (person_id);
CREATE INDEX lead_by_house ON lead (organisation_id, next_on);
CREATE INDEX lead_by_division ON lead (division, next_on);
CREATE INDEX lead_by_giving ON lead (county, given_on);

-- large: one attempt to reach somebody; what was entered wrongly is voided and stays
CREATE TABLE contact_attempt (
  home {int} NOT NULL,
  id {id} NOT NULL,
  lead_id {id} NOT NULL,
  entry_key {id} NOT NULL,             -- made by whoever sent it: the same attempt sent twice is one
  on_day {date} NOT NULL,
  way {text} NOT NULL,
  reached {text} NOT NULL,
  outcome {text} NOT NULL,
  reason {text},
  next_on {date},                      -- agreed upon with the person
  note {bytes},                        -- sealed
  made_by {id} NOT NULL,
  made_by_name {text} NOT NULL,
  organisation_id {id} NOT NULL,
  at {time} NOT NULL,
  voided_at {time},
  voided_by_name {text},
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, lead_id) REFERENCES lead (home, id)
) {clustered};
CREATE UNIQUE INDEX contact_attempt_by_lead ON contact_attempt (home, lead_id, entry_key);
