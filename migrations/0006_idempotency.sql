-- Answers to requests that carry a key, so that a repeated message is answered and not carried out again.

-- local: kept for a day
CREATE TABLE idempotency (
  account_id {id} NOT NULL,
  key_hash {bytes} NOT NULL,           -- SHA-256 of the key
  request_hash {bytes} NOT NULL,       -- SHA-256 of what was asked
  answer {json},                       -- empty only inside the transaction that carries it out
  created_at {time} NOT NULL,
  PRIMARY KEY (account_id, key_hash)
) {strict};
CREATE INDEX idempotency_by_time ON idempotency (created_at);
