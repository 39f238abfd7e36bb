//! What a look at the servers of a database came to.

/// One of three, each with a sentence for whoever looks after the servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As `docs/operate.md` asks.
    Well(String),
    /// Nothing that must be done: it is not set up, or this role may not look.
    Note(String),
    /// Somebody has to do something.
    Fault(String),
}
