-- Lists of cases are read from an index, the latest change first, instead of sorted: those of a county from the first,
-- those of wider areas, in which most of the latest are, from the second.

CREATE INDEX referral_by_change ON referral (county, changed_at, id);
CREATE INDEX referral_by_time ON referral (changed_at, id);
