//! Many icons in one file, so that a page fetches them once: `<use href="icons.svg#bell"/>`.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::path::Path;

/// Which icons of a package go into one file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sprite {
    /// The file to write.
    pub file: String,
    /// The folder of the icons in the package.
    from: String,
    /// The icons, in order.
    names: Vec<String>,
}

impl Sprite {
    /// The sprite made of the icons of an unpacked package.
    ///
    /// # Errors
    /// When the names are out of order or twice, or the package has no icon of a name.
    pub fn draw(&self, package: &Path) -> Result<String> {
        if !self.names.is_sorted_by(|a, b| a < b) {
            bail!("the icon names of {} are not in order, or one is there twice", self.file);
        }
        let mut sprite = String::from("<svg xmlns=\"http://www.w3.org/2000/svg\">\n");
        for name in &self.names {
            let path = package.join(&self.from).join(name).with_extension("svg");
            let icon = std::fs::read_to_string(&path).with_context(|| format!("no icon is named {name}"))?;
            sprite.push_str(
                &symbol(name, &icon).with_context(|| format!("the icon {name} is no simple drawing"))?,
            );
        }
        sprite.push_str("</svg>\n");
        Ok(sprite)
    }
}

/// One icon as a symbol that takes its colour from the text around it.
fn symbol(name: &str, icon: &str) -> Option<String> {
    let body = icon.split_once("<svg")?.1.split_once('>')?.1.rsplit_once("</svg>")?.0;
    // Each icon begins with an invisible square that only fixes its size; the viewBox does that.
    let strokes: String =
        body.lines().map(str::trim).filter(|line| !line.contains("M0 0h24v24H0z")).collect();
    Some(format!(
        "<symbol id=\"{name}\" viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" \
         stroke-linecap=\"round\" stroke-linejoin=\"round\">{strokes}</symbol>\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_icon_becomes_a_symbol_without_its_invisible_square() {
        let icon = "<svg\n  xmlns=\"x\"\n  class=\"icon\"\n>\n  <path stroke=\"none\" d=\"M0 0h24v24H0z\" fill=\"none\" />\n  <path d=\"M5 12l5 5\" />\n</svg>";
        assert_eq!(
            symbol("check", icon).unwrap(),
            "<symbol id=\"check\" viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" \
             stroke-linecap=\"round\" stroke-linejoin=\"round\"><path d=\"M5 12l5 5\" /></symbol>\n"
        );
    }

    #[test]
    fn names_out_of_order_are_refused() {
        let sprite = |names: &[&str]| Sprite {
            file: String::from("icons.svg"),
            from: String::new(),
            names: names.iter().map(|name| String::from(*name)).collect(),
        };
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.svg"), "<svg></svg>").unwrap();
        assert!(sprite(&["a"]).draw(folder.path()).is_ok());
        assert!(sprite(&["b", "a"]).draw(folder.path()).unwrap_err().to_string().contains("not in order"));
        assert!(
            sprite(&["a", "z"]).draw(folder.path()).unwrap_err().to_string().contains("no icon is named z")
        );
    }
}
