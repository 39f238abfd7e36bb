//! The line between the browser and the site, which a test cuts and mends: as in a valley without a network, for the page and its
//! service worker alike, which the browser's own switch is not.

use anyhow::{Context, Result};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A line to a site. Dropping it cuts it for good.
#[derive(Debug)]
pub struct Line {
    /// Where the browser finds the site.
    pub address: String,
    open: Arc<watch::Sender<bool>>,
    task: tokio::task::JoinHandle<()>,
}

impl Line {
    /// A line to a site such as `http://127.0.0.1:8080`.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn to(site: &str) -> Result<Line> {
        let site = site.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no port is free")?;
        let address = format!("http://{}", listener.local_addr()?);
        let (open, watching) = watch::channel(true);
        let task = tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                tokio::spawn(carry(browser, site.clone(), watching.clone()));
            }
        });
        Ok(Line { address, open: Arc::new(open), task })
    }

    /// Nothing goes through any more, not even what is under way.
    pub fn cut(&self) {
        self.open.send_replace(false);
    }

    /// Everything goes through again.
    pub fn mend(&self) {
        self.open.send_replace(true);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Carries one connection, until either side ends it or the line is cut.
async fn carry(mut browser: TcpStream, site: String, mut open: watch::Receiver<bool>) {
    if !*open.borrow() {
        return;
    }
    let Ok(mut there) = TcpStream::connect(&site).await else { return };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut browser, &mut there) => {}
        _ = open.wait_for(|open| !open) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    async fn echo(address: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address.trim_start_matches("http://")).await?;
        stream.write_all(b"hello").await?;
        let mut told = [0; 5];
        stream.read_exact(&mut told).await?;
        Ok(String::from_utf8_lossy(&told).into_owned())
    }

    #[tokio::test]
    async fn what_is_cut_carries_nothing_until_it_is_mended() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = Line::to(&format!("http://{}", listener.local_addr().unwrap())).await.unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut told = [0; 5];
                if stream.read_exact(&mut told).await.is_ok() {
                    stream.write_all(&told).await.ok();
                }
            }
        });
        assert_eq!(echo(&line.address).await.unwrap(), "hello");
        line.cut();
        assert!(echo(&line.address).await.is_err());
        line.mend();
        assert_eq!(echo(&line.address).await.unwrap(), "hello");
    }
}
