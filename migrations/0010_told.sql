-- People who do not read on the platform are told by telephone, by letter or in person: on which day, how, and by whom.

ALTER TABLE message ADD COLUMN told_on {date};
ALTER TABLE message ADD COLUMN told_way {text};  -- phone, letter, in_person
ALTER TABLE message ADD COLUMN told_by {id};
ALTER TABLE message ADD COLUMN told_at {time};
-- Who has no account to read with was never sent anything. What is over stays as it was.
UPDATE message /* whole: every message written before */ SET state = 'queued' WHERE to_party = 'client' AND state = 'sent'
  AND EXISTS (SELECT 1 FROM referral r WHERE r.home = message.home AND r.id = message.referral_id
    AND r.state NOT IN ('lapsed', 'rejected', 'not_suitable', 'transferred', 'withdrawn', 'ended'))
  AND NOT EXISTS (
  SELECT 1 FROM referral r JOIN account a ON a.person_id = r.person_id
  LEFT JOIN account_code c ON c.account_id = a.id
  WHERE r.home = message.home AND r.id = message.referral_id AND a.role = 'client' AND a.ended_at IS NULL
    AND (c.account_id IS NULL OR c.used_at IS NOT NULL))
  AND NOT EXISTS (SELECT 1 FROM referral_filer f JOIN account a ON a.id = f.account_id
    WHERE f.home = message.home AND f.referral_id = message.referral_id AND a.role = 'client' AND a.ended_at IS NULL);
CREATE INDEX message_by_delivery ON message (state, county, created_at);
