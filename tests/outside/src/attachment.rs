//! Files beside a case: pictures and papers.

use rules::attachment::{AttachmentTable, Media, taken};
use std::sync::LazyLock;

static TABLE: LazyLock<Option<AttachmentTable>> = LazyLock::new(|| AttachmentTable::embedded().ok());

/// What is taken once is taken again as it is, as the kind that its first bytes tell, without Exif beyond how the camera was held.
pub(crate) fn file(bytes: &[u8]) {
    let Some(table) = TABLE.as_ref() else { return };
    match taken(bytes, table) {
        Ok((media, kept)) => {
            assert_eq!(Media::of_content(&kept), Some(media));
            assert!(kept.len() <= bytes.len() + 36, "{} of {}", kept.len(), bytes.len());
            assert_eq!(taken(&kept, table), Ok((media, kept.clone())));
        }
        Err(unfit) => assert!(unfit.starts_with("attachment_"), "a refusal says why"),
    }
}
