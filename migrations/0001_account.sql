-- Organisations, accounts, sessions, tokens, settings, jobs and the audit log.

-- reference
CREATE TABLE organisation (
  id {id} NOT NULL PRIMARY KEY,
  kind {text} NOT NULL,          -- civil_affairs, health, dpf, hospital, primary_care, committee, institution, assisting, supervision, platform
  name {text} NOT NULL,
  division {int} NOT NULL,       -- 12-digit statistical code
  phone {text},
  created_at {time} NOT NULL,
  ended_at {time},
  version {int} NOT NULL
) {strict};
CREATE INDEX organisation_by_division ON organisation (division, kind);

-- local
CREATE TABLE account (
  id {id} NOT NULL PRIMARY KEY,
  username {text} NOT NULL UNIQUE,
  name {text} NOT NULL,
  password_hash {text} NOT NULL,
  role {text} NOT NULL,
  organisation_id {id} NOT NULL REFERENCES organisation (id),
  division {int} NOT NULL,       -- the area whose data the account may see
  person_id {id},                -- the client's own record
  language {text},
  failed_sign_ins {int} NOT NULL,
  locked_until {time},
  created_at {time} NOT NULL,
  ended_at {time},
  version {int} NOT NULL
) {strict};
CREATE INDEX account_by_organisation ON account (organisation_id);

-- local
CREATE TABLE session (
  token_hash {bytes} NOT NULL PRIMARY KEY,
  account_id {id} NOT NULL REFERENCES account (id),
  created_at {time} NOT NULL,
  seen_at {time} NOT NULL
) {strict};
CREATE INDEX session_by_account ON session (account_id);

-- local
CREATE TABLE api_token (
  token_hash {bytes} NOT NULL PRIMARY KEY,
  id {id} NOT NULL UNIQUE,
  account_id {id} NOT NULL REFERENCES account (id),
  label {text} NOT NULL,
  created_at {time} NOT NULL,
  expires_at {time} NOT NULL,
  revoked_at {time}
) {strict};
CREATE INDEX api_token_by_account ON api_token (account_id);

-- local
CREATE TABLE setting (
  name {text} NOT NULL PRIMARY KEY,
  value {json} NOT NULL,
  changed_at {time} NOT NULL
) {strict};

-- local
CREATE TABLE job (
  id {id} NOT NULL PRIMARY KEY,
  kind {text} NOT NULL,
  arguments {json} NOT NULL,
  run_at {time} NOT NULL,
  tries {int} NOT NULL,
  locked_until {time},
  done_at {time},
  failure {text}
) {strict};
CREATE INDEX job_by_time ON job (run_at);

-- local: who did or read what; rows are only ever added
CREATE TABLE audit (
  id {id} NOT NULL PRIMARY KEY,
  at {time} NOT NULL,
  account_id {id} NOT NULL,
  role {text} NOT NULL,
  organisation_id {id} NOT NULL,
  purpose {text} NOT NULL,       -- care, referral, assessment, supervision, statistics, audit, research, legal
  action {text} NOT NULL,
  subject_kind {text} NOT NULL,
  subject_id {id},
  detail {json} NOT NULL
) {strict};
CREATE INDEX audit_by_subject ON audit (subject_id, at);
CREATE INDEX audit_by_account ON audit (account_id, at);

