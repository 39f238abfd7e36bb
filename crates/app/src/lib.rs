//! What users of Xinqiao can do: load, ask the rules, save, record. The only crate that knows SQL.
