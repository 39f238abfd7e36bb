//! An upload as it comes: the fields of its form, and its file piece by piece, so that no file is ever whole in memory.

use crate::Site;
use app::{
    Error,
    id::Id,
    import::{NewImport, Receiving},
    scope::Scope,
};
use axum::extract::Multipart;

/// What the form of an upload says of its file.
#[derive(Default)]
pub(crate) struct About {
    pub(crate) kind: String,
    pub(crate) sender: String,
    pub(crate) file_name: String,
}

impl About {
    fn import(&self) -> NewImport<'_> {
        NewImport { kind: &self.kind, sender: &self.sender, file_name: &self.file_name }
    }
}

/// Where a file goes while it comes.
pub(crate) trait Taking {
    /// The file begins; the fields before it say what it is.
    async fn begin(&mut self, about: &About);
    /// Some of it.
    async fn add(&mut self, bytes: &[u8]);
}

/// Whole in memory, for what reads it at once.
impl Taking for Vec<u8> {
    async fn begin(&mut self, _: &About) {}

    async fn add(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Reads a form. What stands in it after the file is not looked at before the file is taken.
///
/// # Errors
/// It is no form, or breaks off.
pub(crate) async fn read(mut form: Multipart, file: &mut impl Taking) -> Result<About, Error> {
    let mut about = About::default();
    let broken = |_| Error::invalid("file", "file.unreadable");
    // No database takes U+0000 in a text.
    let plain = |text: &str| text.replace('\0', "");
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        match field.name().unwrap_or_default() {
            "kind" => about.kind = plain(&field.text().await.map_err(broken)?),
            "sender" => about.sender = plain(&field.text().await.map_err(broken)?),
            "file" => {
                about.file_name = plain(field.file_name().unwrap_or_default());
                file.begin(&about).await;
                while let Some(bytes) = field.chunk().await.map_err(broken)? {
                    file.add(&bytes).await;
                }
            }
            _ => {}
        }
    }
    Ok(about)
}

/// Keeps a file sealed as it comes. What is refused is let pass by, since a browser tells nobody of an answer that comes
/// before it has sent everything.
struct Kept<'a> {
    site: &'a Site,
    scope: &'a Scope,
    now: Option<Result<Receiving, Error>>,
}

impl Taking for Kept<'_> {
    async fn begin(&mut self, about: &About) {
        if self.now.is_none() {
            self.now = Some(Receiving::begin(&self.site.app, self.scope, &about.import()).await);
        }
    }

    async fn add(&mut self, bytes: &[u8]) {
        if let Some(Ok(receiving)) = self.now.take_if(|now| now.is_ok()) {
            self.now = Some(receiving.add(bytes).await);
        }
    }
}

/// Takes the file of a form in.
///
/// # Errors
/// As [`Receiving`]; it is no form, breaks off, or has no file.
pub(super) async fn take(site: &Site, scope: &Scope, form: Multipart) -> Result<Id, Error> {
    let mut kept = Kept { site, scope, now: None };
    let read = read(form, &mut kept).await;
    match (read, kept.now) {
        (Ok(_), Some(Ok(receiving))) => receiving.end(scope).await,
        (Ok(_), Some(Err(error))) => Err(error),
        (Ok(_), None) => Err(Error::invalid("file", "file.empty")),
        (Err(error), now) => {
            if let Some(Ok(receiving)) = now {
                receiving.give_up().await?;
            }
            Err(error)
        }
    }
}
