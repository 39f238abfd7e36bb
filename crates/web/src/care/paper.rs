//! Care on paper: the plan with places to sign, the record of a session with who came, and what the whole file of a case has of both.

pub(crate) mod plan;
pub(crate) mod session;
pub(crate) mod whole;
