-- Help with money in the follow-up of severe mental disorders: free medication, admission subsidies, guardians' agreements, and
-- each sum that was paid.

-- large: one row for each time that somebody takes part in a programme, or that a guardian's agreement holds
CREATE TABLE smd_support (
  home {int} NOT NULL,           -- of the person
  id {id} NOT NULL,
  record_id {id} NOT NULL,
  division {int} NOT NULL,       -- where the person was managed
  county {int} NOT NULL,
  in_charge {id} NOT NULL,       -- organisation in charge then
  kind {text} NOT NULL,          -- free_medication, admission_subsidy, guardian
  begun_on {date} NOT NULL,
  ended_on {date},
  end_reason {text},             -- refused, moved, died, excluded, or other with words in the content
  ended_by_visit {id},           -- the visit that told of it; voiding it takes the end back
  review_due_on {date},          -- of an agreement in force: the next review of the community
  content {bytes} NOT NULL,      -- sealed: why entitled, guardian, duties, reviews
  recorded_by_name {text} NOT NULL,
  organisation_id {id} NOT NULL,
  at {time} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (home, id)
) {clustered};
CREATE UNIQUE INDEX smd_support_once ON smd_support (home, record_id, kind) WHERE ended_on IS NULL;
CREATE INDEX smd_support_by_record ON smd_support (home, record_id);
CREATE INDEX smd_support_by_county ON smd_support (county, kind, id);
CREATE INDEX smd_support_by_charge ON smd_support (in_charge, kind, id);
CREATE INDEX smd_support_by_division ON smd_support (division, kind, id);

-- large: each sum that was paid for somebody; one that was wrong is voided and stays
CREATE TABLE smd_payment (
  home {int} NOT NULL,
  id {id} NOT NULL,
  record_id {id} NOT NULL,
  support_id {id} NOT NULL,
  division {int} NOT NULL,       -- where the person was managed when it was paid
  county {int} NOT NULL,
  in_charge {id} NOT NULL,
  kind {text} NOT NULL,
  year {int} NOT NULL,           -- for which it counts
  from_on {date} NOT NULL,
  until_on {date} NOT NULL,
  amount_fen {int} NOT NULL,
  payer {text} NOT NULL,
  content {bytes} NOT NULL,      -- sealed: drug, cost, guardian, months and incidents
  recorded_by_name {text} NOT NULL,
  organisation_id {id} NOT NULL,
  at {time} NOT NULL,
  voided_at {time},
  voided_by_name {text},
  void_reason {bytes},           -- sealed
  PRIMARY KEY (home, id)
) {clustered};
CREATE UNIQUE INDEX smd_payment_once ON smd_payment (home, support_id, year) WHERE kind = 'guardian' AND voided_at IS NULL;
CREATE INDEX smd_payment_by_record ON smd_payment (home, record_id);
CREATE INDEX smd_payment_by_county ON smd_payment (county, year, id);
CREATE INDEX smd_payment_by_charge ON smd_payment (in_charge, year, id);
CREATE INDEX smd_payment_by_division ON smd_payment (division, year, id);
