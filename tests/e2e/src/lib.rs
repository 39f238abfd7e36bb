//! A person with a browser: drives Chromium against the running program.
//!
//! ```no_run
//! # async fn journey() -> anyhow::Result<()> {
//! use e2e::{Browser, Language, Screen, Server};
//! let server = Server::start(&["--people", "300", "--seed", "7"])?;
//! let browser = Browser::open(&server.address, Screen::Phone, Language::English).await?;
//! browser.sign_in_as(server.account("township officer")?).await?;
//! browser.see("Work list").await?;
//! browser.expect_well_made().await?;
//! # Ok(())
//! # }
//! ```
//! Each step waits until the page allows it, for at most ten seconds; a failure tells the address, the
//! visible text and where the picture of the page lies.

mod audit;
mod authenticator;
mod browser;
mod clerk;
mod county;
mod driver;
mod line;
mod page;
pub mod papers;
mod program;
mod server;

pub use authenticator::Authenticator;
pub use browser::{Browser, Language, Screen};
pub use clerk::{Clerk, Shown, Stand, stand};
pub use line::Line;
pub use program::Program;
pub use server::{Account, Server};
