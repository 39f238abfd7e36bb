-- What the clock looks for each minute: cases that wait, and cases whose time is up and was not told.

CREATE INDEX referral_waiting ON referral (county, priority, created_at) WHERE state = 'waiting';
CREATE INDEX referral_untold ON referral (due_at) WHERE told_overdue_at IS NULL;
DROP INDEX referral_by_due;
