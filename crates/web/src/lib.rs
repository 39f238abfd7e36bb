//! Pages and JSON API of Xinqiao. The only crate that knows HTTP.
