-- Calendars that telephones subscribe to.

-- local: the secret address of a worker's calendar; only its digest is kept
CREATE TABLE calendar_feed (
  id {id} NOT NULL PRIMARY KEY,
  account_id {id} NOT NULL REFERENCES account (id),
  token_hash {bytes} NOT NULL UNIQUE,
  made_at {time} NOT NULL,
  read_at {time},
  ended_at {time}
) {strict};
CREATE INDEX calendar_feed_by_account ON calendar_feed (account_id);
