-- Who reaches a case and its duties: everybody who filed it, and those responsible for where the person lives; and what
-- somebody has written but not sent yet.

-- large: who filed a case, each once; the first stands in the case's own row as well
CREATE TABLE referral_filer (
  home {int} NOT NULL,
  referral_id {id} NOT NULL,
  account_id {id} NOT NULL,
  organisation_id {id} NOT NULL,       -- nil for a person
  PRIMARY KEY (home, referral_id, account_id),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) {clustered};
CREATE INDEX referral_filer_by_organisation ON referral_filer (organisation_id);
CREATE INDEX referral_filer_by_account ON referral_filer (account_id);
INSERT INTO referral_filer (home, referral_id, account_id, organisation_id)
  SELECT home, id, filed_by, filed_by_organisation FROM referral /* whole: every case has who filed it */;
CREATE INDEX referral_by_division ON referral (division);

-- A duty or a message for a role reaches those whose area holds the person's residence, down to the village.
ALTER TABLE task ADD COLUMN division {int} NOT NULL DEFAULT 0;
UPDATE task /* whole: every task has its place */ SET division = (SELECT r.division FROM referral r WHERE r.home = task.home AND r.id = task.referral_id);
CREATE INDEX task_by_division ON task (to_role, division);
ALTER TABLE message ADD COLUMN division {int} NOT NULL DEFAULT 0;
UPDATE message /* whole: every message has its place */ SET division = (SELECT r.division FROM referral r WHERE r.home = message.home AND r.id = message.referral_id);
CREATE INDEX message_by_division ON message (to_role, division);

-- local: what an account is writing on a page and has not sent yet
CREATE TABLE unsent_form (
  account_id {id} NOT NULL,
  place {text} NOT NULL,               -- address of the page
  content {bytes} NOT NULL,            -- sealed
  saved_at {time} NOT NULL,
  PRIMARY KEY (account_id, place)
) {strict};
CREATE INDEX unsent_form_by_time ON unsent_form (saved_at);
