-- What is due is told to each worker once a day, in figures alone.

-- local: what was due for an account on a day; the key makes it one, however many servers tell it
CREATE TABLE reminder (
  account_id {id} NOT NULL REFERENCES account (id),
  on_day {date} NOT NULL,
  until_day {date} NOT NULL,           -- the last day that it speaks of
  counts {json} NOT NULL,              -- kind of work → how much is overdue and due; names nobody
  at {time} NOT NULL,
  read_at {time},
  PRIMARY KEY (account_id, on_day)
) {strict};
CREATE INDEX reminder_by_day ON reminder (on_day);

-- local: whether an account wants to be reminded, where it said so
CREATE TABLE reminder_choice (
  account_id {id} NOT NULL PRIMARY KEY REFERENCES account (id),
  wanted {bool} NOT NULL,
  changed_at {time} NOT NULL
) {strict};
