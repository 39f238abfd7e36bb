-- Passkeys: key pairs in somebody's device that answer this site alone (W3C Web Authentication).

-- local: what is known of a passkey; the private half never leaves the device
CREATE TABLE passkey (
  id {id} NOT NULL PRIMARY KEY,
  account_id {id} NOT NULL REFERENCES account (id),
  credential_id {bytes} NOT NULL,      -- how the device knows it; belongs to one account alone
  credential {bytes} NOT NULL,         -- public key, counter and flags, sealed
  counter {int} NOT NULL,              -- the latest count that was taken: no count is taken twice; 0 where the device keeps none
  name {text} NOT NULL,                -- what its holder calls it
  created_at {time} NOT NULL,
  used_at {time}
) {strict};
CREATE UNIQUE INDEX passkey_credential ON passkey (credential_id);
CREATE INDEX passkey_of_account ON passkey (account_id, created_at);

-- local: a question that was put to the passkeys of one session; gone with the first answer
CREATE TABLE passkey_challenge (
  id {id} NOT NULL PRIMARY KEY,
  session_hash {bytes} NOT NULL,       -- answered in this session alone
  purpose {text} NOT NULL,             -- register, show
  account_id {id} NOT NULL REFERENCES account (id),
  state {bytes} NOT NULL,              -- what was asked and what is expected, sealed
  created_at {time} NOT NULL
) {strict};
CREATE UNIQUE INDEX passkey_challenge_of_session ON passkey_challenge (session_hash, purpose);
CREATE INDEX passkey_challenge_of_account ON passkey_challenge (account_id, created_at);
