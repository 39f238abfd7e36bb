//! Where tests put their temporary files and the databases of PostgreSQL: in memory where there is room. Most of them make a database on SQLite, which
//! waits for the disk at each commit; what a test leaves behind is needed by nobody after a power cut.

use std::path::{Path, PathBuf};

/// A file system in memory, on Linux.
pub const SHARED: &str = "/dev/shm";
/// What must be free there, and in memory besides what the builds take.
const ROOM: u64 = 4 << 30;
const MEMORY: u64 = 8 << 30;

/// A folder in memory, gone with the value; none where there is too little room or none such file system.
pub fn folder() -> Option<tempfile::TempDir> {
    let available = available(&std::fs::read_to_string("/proc/meminfo").ok()?)?;
    let free = free(Path::new(SHARED))?;
    if available < MEMORY || free < ROOM {
        return None;
    }
    tempfile::Builder::new().prefix("xinqiao-test-").tempdir_in(PathBuf::from(SHARED)).ok()
}

/// Bytes that may be written there.
fn free(folder: &Path) -> Option<u64> {
    let room = rustix::fs::statvfs(folder).ok()?;
    Some(room.f_bavail.saturating_mul(room.f_frsize))
}

/// Bytes of memory that new programs may take, of the kernel's own account of it.
fn available(account: &str) -> Option<u64> {
    let line = account.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib.saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_available_is_read_from_the_kernels_account() {
        let account =
            "MemTotal:       24681000 kB\nMemFree:         9000000 kB\nMemAvailable:   21000000 kB\n";
        assert_eq!(available(account), Some(21_504_000_000));
        for other in ["", "MemAvailable:", "MemAvailable: many kB", "MemFree: 1 kB"] {
            assert_eq!(available(other), None, "{other}");
        }
    }

    #[test]
    fn a_folder_that_is_not_there_has_no_room() {
        assert_eq!(free(Path::new("/nowhere/at/all")), None);
        assert!(free(&std::env::temp_dir()).is_some());
    }
}
