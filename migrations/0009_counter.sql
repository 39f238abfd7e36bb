-- Accounts opened at the counter for clients and guardians; the log by time; answers to offers by month.

-- local: the code with which a client or guardian takes an account over, handed out once
CREATE TABLE account_code (
  account_id {id} NOT NULL PRIMARY KEY REFERENCES account (id),
  holder {text} NOT NULL,              -- self, guardian
  code_hash {bytes} NOT NULL,          -- SHA-256
  opened_by {id} NOT NULL,             -- account at the counter
  created_at {time} NOT NULL,
  expires_at {time} NOT NULL,
  used_at {time}
) {strict};
CREATE INDEX account_by_person ON account (person_id);
CREATE INDEX audit_by_time ON audit (at, id);

-- reference: answers to offers that the columns of the same names in `institution` add up, so that they can forget
CREATE TABLE institution_answer (
  institution_id {id} NOT NULL,
  month {int} NOT NULL,                -- year times 12 plus month, 1 to 12
  answered_in_time {int} NOT NULL,
  answered {int} NOT NULL,
  PRIMARY KEY (institution_id, month)
) {clustered};
CREATE INDEX institution_answer_by_month ON institution_answer (month);
