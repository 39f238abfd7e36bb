-- The desk of a county reads its leads in the order in which they are due; who has no day any more comes after.
CREATE INDEX lead_by_due ON lead (county, next_on, id);
