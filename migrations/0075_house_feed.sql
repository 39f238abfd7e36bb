-- Calendars of a whole house that telephones subscribe to. Older programs give such an address the account's own days, which is less.

ALTER TABLE calendar_feed ADD COLUMN whose {text};  -- house: all that the account sees of its house; nothing: the account's own days
