-- Results that are recorded on pages: what they were for, under which key they were sent, and which were taken back.

ALTER TABLE scale_result ADD COLUMN occasion {text};
ALTER TABLE scale_result ADD COLUMN made_id {id};
CREATE UNIQUE INDEX scale_result_by_made_id ON scale_result (home, referral_id, made_id);
CREATE INDEX scale_result_by_person ON scale_result (person_id, at);

-- large: results taken back, each once; the result itself stays as it was recorded
CREATE TABLE scale_void (
  home {int} NOT NULL,
  id {id} NOT NULL,                    -- of the result
  reason {text} NOT NULL,              -- a code of data/scale_schedule.toml
  words {bytes} NOT NULL,              -- sealed: why, in words
  voided_by {id} NOT NULL,
  voided_by_name {text} NOT NULL,
  organisation_id {id} NOT NULL,
  at {time} NOT NULL,
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, id) REFERENCES scale_result (home, id)
) {clustered};
