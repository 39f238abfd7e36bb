-- Every work list asks which certificates of a house run out; figures of an area read its staff county by county.
CREATE INDEX talent_by_certificate ON talent (institution_id, certificate_until);
CREATE INDEX talent_by_place ON talent (county, id);
