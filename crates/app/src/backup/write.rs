//! Writes a backup while others go on writing to the database.

use super::{Counted, FORMAT, Progress, Step, Summary, Tally, Told, retain, steps};
use crate::{
    db::{Db, Snapshot, Value},
    error::{Error, Result},
    hex,
    migrate::shape::{self, Table},
    p,
    seal::{Keys, Recipient, Sealer},
};
use jiff::Timestamp;
use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tempfile::NamedTempFile;

/// What is to be written.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// The folder in which the file is made.
    pub folder: &'a Path,
    /// The keys of the installation: they open the file, too.
    pub keys: &'a Keys,
    /// Who else opens it.
    pub recipients: &'a [Recipient],
    /// The content of the key file, where it is to be in it.
    pub key_file: Option<&'a [u8]>,
    /// When it is taken: its name says so.
    pub at: Timestamp,
}

/// A backup that stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Written {
    /// Where.
    pub file: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// How long it took.
    pub took: Duration,
    /// What is in it.
    pub summary: Summary,
}

/// Tags of what stands in the file.
pub(super) const KEY_FILE: u8 = b'K';
pub(super) const TABLE: u8 = b'T';
pub(super) const ROW: u8 = b'R';
pub(super) const END: u8 = b'E';

/// Half as small again costs several times as long; a disk or a network is slower than this level.
const LEVEL: i32 = 3;

/// Writes a backup into the folder, under a name that says when it was taken. Until it is whole and on disk it has
/// another name.
///
/// # Errors
/// The database is gone, or the file cannot be written; then there is none.
pub async fn write(db: &Db, order: Order<'_>, told: Told<'_>) -> Result<Written> {
    let begun = Instant::now();
    let mut snapshot = db.snapshot().await?;
    let folder = order.folder.display();
    let cannot =
        |error: std::io::Error| Error::broken(format!("cannot write a backup into {folder}: {error}"));
    let partial = tempfile::Builder::new().prefix(".xinqiao-").suffix(".partial").tempfile_in(order.folder);
    let partial = partial.map_err(cannot)?;
    let summary =
        content(&mut snapshot, partial.as_file(), order, told).await.map_err(|error| match error {
            Error::Broken(source) => match source.downcast::<std::io::Error>() {
                Ok(error) => cannot(*error),
                Err(source) => Error::Broken(source),
            },
            error => error,
        })?;
    let file = order.folder.join(retain::name(order.at));
    let bytes = named(partial, &file).map_err(cannot)?;
    Ok(Written { file, bytes, took: begun.elapsed(), summary })
}

/// Gives the file its name once it is on disk; one that has the name already stays.
fn named(partial: NamedTempFile, name: &Path) -> std::io::Result<u64> {
    partial.as_file().sync_all()?;
    let bytes = partial.as_file().metadata()?.len();
    partial.persist_noclobber(name).map_err(|error| error.error)?;
    // The name itself is on disk only with the folder.
    if let Some(folder) = name.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(bytes)
}

/// Compresses, then seals.
type Out<'a> = zstd::stream::write::Encoder<'static, Sealer<BufWriter<&'a File>>>;

async fn content(snapshot: &mut Snapshot, file: &File, order: Order<'_>, told: Told<'_>) -> Result<Summary> {
    let steps = steps(snapshot).await?;
    super::known(&steps)?;
    let tables = shape::tables(steps.last().map_or(0, |step| step.number));
    let sealer = Sealer::begin(BufWriter::new(file), order.keys, order.recipients)?;
    let mut out = zstd::stream::write::Encoder::new(sealer, LEVEL).map_err(Error::broken)?;
    if let Some(keys) = order.key_file {
        part(&mut out, KEY_FILE, keys)?;
    }
    let (mut counted, mut homes) = (Vec::new(), BTreeMap::new());
    for table in &tables {
        counted.push(rows(snapshot, &mut out, table, &mut homes, told).await?);
    }
    out.write_all(&[END]).map_err(Error::broken)?;
    let summary = summary(snapshot, order, (steps, counted, homes)).await?;
    let sealer = out.finish().map_err(Error::broken)?;
    let mut file = sealer.end(&serde_json::to_vec(&summary)?).map_err(Error::broken)?;
    file.flush().map_err(Error::broken)?;
    Ok(summary)
}

type Read = (Vec<Step>, Vec<Counted>, BTreeMap<i64, u64>);

async fn summary(snapshot: &mut Snapshot, order: Order<'_>, (steps, tables, homes): Read) -> Result<Summary> {
    Ok(Summary {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        engine: if snapshot.is_postgres() { "postgres" } else { "sqlite" }.to_owned(),
        at: order.at,
        chains: chains(snapshot, &tables).await?,
        steps,
        tables,
        homes: homes.into_iter().collect(),
        with_keys: order.key_file.is_some(),
    })
}

/// The ends of the log's chains; nothing where the database is from before there were any.
async fn chains(snapshot: &mut Snapshot, tables: &[Counted]) -> Result<String> {
    if !tables.iter().any(|table| table.name == "audit_head") {
        return Ok(String::new());
    }
    let ends = "SELECT home, number, hash FROM audit_head /* whole: every chain */ ORDER BY home";
    let ends: Vec<(i64, i64, Vec<u8>)> = snapshot.all(ends, p![]).await?;
    let each = ends.iter().map(|(home, number, hash)| format!("{home}:{number}:{}", hex::write(hash)));
    Ok(each.collect::<Vec<_>>().join(" "))
}

fn part(out: &mut Out<'_>, tag: u8, content: &[u8]) -> Result<()> {
    let length = u32::try_from(content.len()).map_err(Error::broken)?;
    out.write_all(&[tag]).map_err(Error::broken)?;
    out.write_all(&length.to_be_bytes()).map_err(Error::broken)?;
    out.write_all(content).map_err(Error::broken)
}

async fn rows(
    snapshot: &mut Snapshot,
    out: &mut Out<'_>,
    table: &Table,
    homes: &mut BTreeMap<i64, u64>,
    told: Told<'_>,
) -> Result<Counted> {
    part(out, TABLE, &serde_json::to_vec(table)?)?;
    let (mut tally, mut bytes) = (Tally::new(table.clone()), Vec::new());
    let mut pages = snapshot.read(table);
    let home = table.columns.iter().position(|column| column.name == "home").filter(|_| table.has_homes());
    while let Some(rows) = pages.next().await? {
        for row in &rows {
            tally.add(row, &mut bytes)?;
            out.write_all(&[ROW]).map_err(Error::broken)?;
            out.write_all(&bytes).map_err(Error::broken)?;
            if let Some(Value::Int(home)) = home.and_then(|i| row.get(i)) {
                *homes.entry(*home).or_default() += 1;
            }
        }
        told(Progress { table: &table.name, rows: tally.rows });
        // On SQLite nothing here waits: others get their turn.
        tokio::task::yield_now().await;
    }
    Ok(tally.end())
}
