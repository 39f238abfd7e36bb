//! How much those signed in may ask for, as the operator says.

use anyhow::{Context, Result};
use clap::Args;
use rules::account::Bounds;
use web::Bounding;

/// The word that takes the bounds away.
const OFF: &str = "off";

/// The option of the bounds, for `xinqiao serve` and `xinqiao demo`.
#[derive(Debug, Clone, Args)]
pub struct LimitsArgs {
    /// Bounds of those signed in: a file with the tables account and token, as under [signed_in] in data/account.toml;
    /// without it, the figures of that file. `off` takes the bounds away: for measurements alone.
    #[arg(long, env = "XINQIAO_LIMITS", value_name = "off|FILE")]
    limits: Option<String>,
}

impl LimitsArgs {
    /// The same as the site knows it.
    ///
    /// # Errors
    /// The file cannot be read, or lacks a figure.
    pub fn bounding(&self) -> Result<Bounding> {
        match self.limits.as_deref().filter(|given| !given.is_empty()) {
            None => Ok(Bounding::Usual),
            Some(OFF) => {
                tracing::warn!(
                    "nothing bounds what those signed in ask for; leave out --limits off in earnest"
                );
                Ok(Bounding::Off)
            }
            Some(file) => {
                let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
                Ok(Bounding::Own(Bounds::parse(file, &text)?))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rules::account::Limits;

    #[test]
    fn the_operator_takes_the_usual_bounds_others_or_none() {
        let bounding = |given: Option<&str>| LimitsArgs { limits: given.map(str::to_owned) }.bounding();
        assert_eq!(bounding(None).unwrap(), Bounding::Usual);
        assert_eq!(bounding(Some("")).unwrap(), Bounding::Usual);
        assert_eq!(bounding(Some("off")).unwrap(), Bounding::Off);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("limits.toml").display().to_string();
        assert!(bounding(Some(&file)).unwrap_err().to_string().contains(&file), "there is no such file");
        let mut own = Limits::embedded().unwrap().signed_in;
        own.token.search.per_minute = 7;
        std::fs::write(&file, toml::to_string(&own).unwrap()).unwrap();
        assert_eq!(bounding(Some(&file)).unwrap(), Bounding::Own(own));
        std::fs::write(&file, "[account]").unwrap();
        assert!(bounding(Some(&file)).is_err());
    }
}
