-- Files beside a case or one of its sessions: pictures and papers, sealed in pieces.

-- large: one file; a wrong one is voided and stays
CREATE TABLE attachment (
  home {int} NOT NULL,
  id {id} NOT NULL,
  referral_id {id} NOT NULL,
  session_id {id},                     -- the session that it belongs to
  entry_key {id} NOT NULL,             -- made by whoever sent it: the same file sent twice is one
  kind {text} NOT NULL,                -- what it shows: a code of data/attachment.toml
  media {text} NOT NULL,               -- jpeg, png, pdf: by its content
  size {int} NOT NULL,                 -- bytes as kept
  title {bytes} NOT NULL,              -- sealed
  consent {bytes},                     -- sealed: who consented to a picture, when and how
  made_by {id} NOT NULL,
  made_by_name {text} NOT NULL,
  organisation_id {id} NOT NULL,
  at {time} NOT NULL,
  voided_at {time},
  voided_by_name {text},
  void_reason {text},
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) {clustered};
CREATE UNIQUE INDEX attachment_by_referral ON attachment (home, referral_id, entry_key);

-- large: a piece of a file, 256 KiB each
CREATE TABLE attachment_part (
  home {int} NOT NULL,
  attachment_id {id} NOT NULL,
  number {int} NOT NULL,
  content {bytes} NOT NULL,            -- sealed
  PRIMARY KEY (home, attachment_id, number),
  FOREIGN KEY (home, attachment_id) REFERENCES attachment (home, id)
) {clustered};
