-- When the person of a case is to be asked again, what of a case was given to whom and on which basis, and on what a guardian's
-- access to a person's record rests.

ALTER TABLE referral ADD COLUMN ask_on {date};
CREATE INDEX referral_by_asking ON referral (ask_on);

-- A guardian's account without a basis opens nothing.
ALTER TABLE account_code ADD COLUMN basis {text};        -- minor, capacity, consent
ALTER TABLE account_code ADD COLUMN basis_until {date};  -- last day on which it holds
ALTER TABLE account_code ADD COLUMN basis_paper {bytes}; -- the judgment, opinion or consent that was shown, sealed

-- large: what of a case was given to another body, to whom and on which basis; kept, rows are only ever added
CREATE TABLE sharing (
  home {int} NOT NULL,
  id {id} NOT NULL,
  referral_id {id} NOT NULL,
  at {time} NOT NULL,
  act {text} NOT NULL,                 -- referral_slip, hospital_slip, emergency, transfer_request
  party {text} NOT NULL,               -- institution, hospital, office, guardian, primary_doctor, police
  organisation_id {id},
  basis {text} NOT NULL,               -- consent, legal_duty, emergency
  purpose {text},                      -- of the consent
  consent_version {int},               -- of its text
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) {clustered};
CREATE INDEX sharing_by_referral ON sharing (home, referral_id, at);
