-- Signing in by another identity provider: who is known there, and sign-ins that are under way.

-- local: somebody whom the provider knows, and the account
CREATE TABLE external_identity (
  issuer {text} NOT NULL,
  subject_hash {bytes} NOT NULL,       -- keyed digest of what the provider calls the person
  account_id {id} NOT NULL REFERENCES account (id),
  created_at {time} NOT NULL,
  used_at {time},                      -- the last sign-in by it
  PRIMARY KEY (issuer, subject_hash)
) {strict};
CREATE UNIQUE INDEX external_identity_by_account ON external_identity (account_id, issuer);

-- local: a sign-in that was begun here and is now with the provider; taken once
CREATE TABLE pending_sign_in (
  id {id} NOT NULL PRIMARY KEY,
  state_hash {bytes} NOT NULL UNIQUE,
  browser_hash {bytes} NOT NULL,       -- it comes back to the browser that began it
  secrets {bytes} NOT NULL,            -- sealed: nonce and verifier
  next {text} NOT NULL,                -- where to go on afterwards, a path of this site
  account_id {id} REFERENCES account (id), -- who links the own account; nothing where somebody signs in
  ends_at {time} NOT NULL
) {strict};
CREATE INDEX pending_sign_in_by_end ON pending_sign_in (ends_at);

ALTER TABLE session ADD COLUMN came_by {text};   -- provider, provider_with_factor; nothing where a password was given
