//! The county that the synthetic persons live in: real divisions, invented houses.

use anyhow::{Context, Result, bail};
use app::division::Divisions;
use rules::division::{DivisionCode, Level};

/// A village or community.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Village {
    /// 12 digits.
    pub code: i64,
    /// Its name.
    pub name: String,
    /// The street, town or township above it.
    pub town: String,
    /// Code of the street, town or township.
    pub town_code: i64,
}

/// A county with its villages.
#[derive(Debug, Clone)]
pub struct County {
    /// 12 digits.
    pub code: i64,
    /// Code of the prefecture above it.
    pub prefecture: i64,
    /// Its name.
    pub name: String,
    /// Name of the prefecture; of the province where there is none.
    pub prefecture_name: String,
    /// Names from the province down.
    pub path: String,
    /// All villages in the order of codes; never empty.
    pub villages: Vec<Village>,
    first: Village,
}

impl County {
    /// The county of a code.
    ///
    /// # Errors
    /// The code is not of a county, or no village is known below it.
    pub fn of(divisions: &Divisions, code: i64) -> Result<County> {
        let code = DivisionCode::new(code).context("the division")?;
        let Some(own) = divisions.get(code).filter(|_| code.level() == Level::County) else {
            bail!("{code} is not the code of a county");
        };
        let mut villages = Vec::new();
        for town in divisions.children(Some(code)) {
            for village in divisions.children(Some(town.code)) {
                villages.push(Village {
                    code: village.code.number(),
                    name: village.name,
                    town: town.name.clone(),
                    town_code: town.code.number(),
                });
            }
        }
        let first = villages.first().cloned().with_context(|| format!("{code} has no villages"))?;
        let path = divisions.path(code).unwrap_or_default();
        let prefecture = code.at(Level::Prefecture);
        let above = divisions.parent(code).and_then(|above| divisions.get(above));
        Ok(County {
            code: code.number(),
            prefecture: prefecture.number(),
            name: own.name,
            prefecture_name: above.map(|division| division.name).unwrap_or_default(),
            path,
            villages,
            first,
        })
    }

    /// The village of a place in the list, counted round.
    pub fn village(&self, place: usize) -> &Village {
        let place = place.checked_rem(self.villages.len()).unwrap_or_default();
        self.villages.get(place).unwrap_or(&self.first)
    }

    /// Streets, towns and townships in the order of codes: code and name.
    pub fn towns(&self) -> Vec<(i64, String)> {
        let mut towns: Vec<(i64, String)> =
            self.villages.iter().map(|v| (v.town_code, v.town.clone())).collect();
        towns.dedup();
        towns
    }
}
