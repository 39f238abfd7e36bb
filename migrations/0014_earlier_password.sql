-- Passwords that an account had before, so that they do not come back soon.

-- local: Argon2id hashes, the latest few of each account
CREATE TABLE earlier_password (
  account_id {id} NOT NULL REFERENCES account (id),
  replaced_at {time} NOT NULL,
  password_hash {text} NOT NULL,
  PRIMARY KEY (account_id, replaced_at)
) {strict};
