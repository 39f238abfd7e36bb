-- The second factor: codes of an authenticator app, recovery codes, sessions that wait for a step; the age of passwords.

-- local: what an authenticator app computes its codes from
CREATE TABLE authenticator (
  account_id {id} NOT NULL PRIMARY KEY REFERENCES account (id),
  secret {bytes} NOT NULL,             -- 20 random bytes, sealed
  last_step {int} NOT NULL,            -- the latest step of time whose code was taken: no code is taken twice
  created_at {time} NOT NULL
) {strict};

-- local: an authenticator that is being set up in one session; gone once it gave its first code
CREATE TABLE factor_enrolment (
  account_id {id} NOT NULL PRIMARY KEY REFERENCES account (id),
  session_hash {bytes} NOT NULL,       -- shown to this session alone
  secret {bytes} NOT NULL,
  created_at {time} NOT NULL
) {strict};

-- local: each lets in once without the authenticator
CREATE TABLE recovery_code (
  account_id {id} NOT NULL REFERENCES account (id),
  code_hash {bytes} NOT NULL,          -- keyed digest
  created_at {time} NOT NULL,
  used_at {time},
  PRIMARY KEY (account_id, code_hash)
) {strict};

ALTER TABLE session ADD COLUMN awaits {text};     -- code, enrol, password; nothing where the session is open
ALTER TABLE account ADD COLUMN password_at {time};  -- when its holder set the password; nothing where somebody else did
UPDATE account /* whole: every account so far */ SET password_at = COALESCE(
  (SELECT MAX(e.replaced_at) FROM earlier_password e WHERE e.account_id = account.id), created_at);
