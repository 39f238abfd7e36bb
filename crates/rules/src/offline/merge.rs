//! Two people wrote to one record apart from each other. Fields that only one of them changed are taken from that one; a field
//! that both changed to different values is decided by a person, who sees both. Nothing is dropped in silence.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A field that both changed, to different values. A value is absent where the field was emptied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Clash {
    /// Name of the field.
    pub field: String,
    /// What stood there when both began.
    pub base: Option<Value>,
    /// What was written on the device.
    pub mine: Option<Value>,
    /// What stands on the server.
    pub theirs: Option<Value>,
}

/// What comes out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Merged {
    /// The fields on which there is no doubt; of a field in doubt, what stands on the server.
    pub fields: Map<String, Value>,
    /// The fields in doubt, by name.
    pub clashes: Vec<Clash>,
}

/// Puts together what was written apart. A field that is null counts as empty.
#[must_use]
pub fn merge(base: &Map<String, Value>, mine: &Map<String, Value>, theirs: &Map<String, Value>) -> Merged {
    let names: BTreeSet<&String> = base.keys().chain(mine.keys()).chain(theirs.keys()).collect();
    let mut merged = Merged { fields: Map::new(), clashes: Vec::new() };
    for name in names {
        let of = |side: &Map<String, Value>| side.get(name).filter(|value| !value.is_null()).cloned();
        let (was, own, other) = (of(base), of(mine), of(theirs));
        let value = if own == was { other.clone() } else { own.clone() };
        if own != was && other != was && own != other {
            let field = name.clone();
            merged.clashes.push(Clash { field, base: was, mine: own, theirs: other.clone() });
            merged.fields.extend(other.map(|value| (name.clone(), value)));
        } else {
            merged.fields.extend(value.map(|value| (name.clone(), value)));
        }
    }
    merged
}
