//! The phones of the township's doctor: one in use, and an old one that was revoked and told that it is empty.

use super::staff::Staff;
use anyhow::Result;
use app::{App, device};
use jiff::SignedDuration;

/// Registers both.
///
/// # Errors
/// A rule refuses: then the demonstration and the rules do not fit together.
pub async fn phones(app: &App, staff: &Staff) -> Result<()> {
    let explained = crate::user::explained;
    let doctor = &staff.of("town.doctor")?.scope;
    let ago = |days: i64| app.at(app.now() - SignedDuration::from_hours(24 * days));
    let old = device::register(&ago(200), doctor, "旧手机").await.map_err(explained)?;
    device::register(&ago(41), doctor, "随访手机").await.map_err(explained)?;
    device::revoke(&ago(40), doctor, old).await.map_err(explained)?;
    device::wiped(&ago(39), old).await.map_err(explained)?;
    Ok(())
}
