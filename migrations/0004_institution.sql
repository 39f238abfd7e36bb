-- The two libraries: service institutions and service talent.

-- reference: an institution is an organisation with a library record; both share the identifier
CREATE TABLE institution (
  id {id} NOT NULL PRIMARY KEY REFERENCES organisation (id),
  credit_code {text} NOT NULL UNIQUE,
  kind {text} NOT NULL,
  level {text} NOT NULL,
  name {text} NOT NULL,
  division {int} NOT NULL,             -- where it stands, village
  county {int} NOT NULL,               -- county of registration
  address {text} NOT NULL,
  contact {text} NOT NULL,
  phone {text} NOT NULL,
  floor_area {int},                    -- square metres
  hours {text} NOT NULL,               -- opening hours as told to people
  licence {text},
  licence_until {date},
  promise_on {date},                   -- service promise signed
  lowest_age {int} NOT NULL,
  highest_age {int} NOT NULL,
  disorder_groups {json} NOT NULL,     -- codes; empty admits all
  services {json} NOT NULL,            -- codes S1 to S16
  areas {json} NOT NULL,               -- divisions served
  contracted {int} NOT NULL,
  in_service {int} NOT NULL,
  reserved {int} NOT NULL,
  blocked {int} NOT NULL,
  block_reason {text},
  answered_in_time {int} NOT NULL,     -- offers of the last year
  answered {int} NOT NULL,
  state {text} NOT NULL,
  body {json} NOT NULL,                -- the fold of the library events
  version {int} NOT NULL,
  created_at {time} NOT NULL,
  changed_at {time} NOT NULL
) {strict};
CREATE INDEX institution_by_county ON institution (county, state);
CREATE INDEX institution_by_state ON institution (state, division);

-- reference: what happened to a record of either library, append-only
CREATE TABLE library_event (
  subject_id {id} NOT NULL,
  sequence {int} NOT NULL,
  subject_kind {text} NOT NULL,        -- institution, talent
  event {json} NOT NULL,
  actor_id {id} NOT NULL,
  actor_name {text} NOT NULL,
  organisation_id {id} NOT NULL,
  at {time} NOT NULL,
  PRIMARY KEY (subject_id, sequence)
) {strict};

-- reference
CREATE TABLE talent (
  id {id} NOT NULL PRIMARY KEY,
  name {text} NOT NULL,
  initials {text} NOT NULL,
  identity_index {bytes} NOT NULL UNIQUE,
  identity_number {bytes} NOT NULL,    -- sealed
  profession {text} NOT NULL,
  certificate {text},
  certificate_number {text},
  certificate_on {date},
  verified {bool} NOT NULL,
  institution_id {id} REFERENCES institution (id),
  division {int} NOT NULL,
  county {int} NOT NULL,
  services {json} NOT NULL,
  pledge_on {date},                    -- confidentiality pledge signed
  training_minutes {json} NOT NULL,    -- by calendar year
  state {text} NOT NULL,
  body {json} NOT NULL,
  version {int} NOT NULL,
  created_at {time} NOT NULL,
  changed_at {time} NOT NULL
) {strict};
CREATE INDEX talent_by_county ON talent (county, state);
CREATE INDEX talent_by_institution ON talent (institution_id);
