//! Who reads, while a request is answered: whoever wrote lately must find it again, so lists come from the primary until
//! a replica has it, too. A place in the server's log (LSN) stands for what was written.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering},
};
use uuid::Uuid;

tokio::task_local! {
    static READER: Arc<Reader>;
}

/// Whoever sent the request.
#[derive(Debug)]
pub(super) struct Reader {
    account: OnceLock<Uuid>,
    /// What was written by then must be seen.
    floor: AtomicU64,
    /// What the request itself wrote.
    wrote: AtomicU64,
}

impl Reader {
    pub(super) fn floor(&self) -> u64 {
        self.floor.load(Ordering::Acquire)
    }

    pub(super) fn raise(&self, place: u64) {
        self.floor.fetch_max(place, Ordering::AcqRel);
    }

    /// Notes what was written just now; whose it is, as far as that is known.
    pub(super) fn wrote(&self, place: u64) -> Option<Uuid> {
        self.raise(place);
        self.wrote.fetch_max(place, Ordering::AcqRel);
        self.account.get().copied()
    }

    pub(super) fn is(&self, account: Uuid) {
        // Whoever it was first: a request is of one account.
        let _ = self.account.set(account);
    }
}

/// The reader of the request that is being answered; outside of one there is none.
pub(super) fn current() -> Option<Arc<Reader>> {
    READER.try_with(Arc::clone).ok()
}

/// Answers a request of somebody who wrote until that place in the log. Returns where the request itself wrote to, if it
/// wrote.
pub async fn reading<T>(floor: u64, request: impl Future<Output = T>) -> (T, Option<u64>) {
    let reader =
        Arc::new(Reader { account: OnceLock::new(), floor: AtomicU64::new(floor), wrote: AtomicU64::new(0) });
    let answer = READER.scope(reader.clone(), request).await;
    let wrote = reader.wrote.load(Ordering::Acquire);
    (answer, (wrote > 0).then_some(wrote))
}

/// The same reader for work that goes on beside the request.
pub fn carried<T>(work: impl Future<Output = T> + Send + 'static) -> impl Future<Output = T> + Send + 'static
where
    T: 'static,
{
    let reader = current();
    async move {
        match reader {
            Some(reader) => READER.scope(reader, work).await,
            None => work.await,
        }
    }
}
