//! A wire between a link and its server that a test can cut.

#![allow(unreachable_pub)] // Shared by test files.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

/// Passes bytes on until it is cut; refuses connections while it is closed.
pub struct Relay {
    pub address: SocketAddr,
    cut: Arc<Notify>,
    open: watch::Sender<bool>,
}

impl Relay {
    pub async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (cut, (open, is_open)) = (Arc::new(Notify::new()), watch::channel(true));
        let cuts = Arc::clone(&cut);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if *is_open.borrow() {
                    tokio::spawn(pass_on(near, target.clone(), Arc::clone(&cuts)));
                }
            }
        });
        Self { address, cut, open }
    }

    /// Breaks every connection, in the middle of whatever passes.
    pub fn cut(&self) {
        self.cut.notify_waiters();
    }

    /// Whether new connections are passed on or dropped.
    pub fn set_open(&self, open: bool) {
        self.open.send_replace(open);
    }
}

async fn pass_on(mut near: TcpStream, target: String, cut: Arc<Notify>) {
    let Ok(mut far) = TcpStream::connect(target).await else { return };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
        () = cut.notified() => {}
    }
}
