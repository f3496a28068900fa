//! The address a hub listens on, and connections that cannot be kept open without a word.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep};

/// Takes connections in. Whoever connects and then says nothing is let go, also before there is a WebSocket, so that
/// silent connections cannot use up what the operating system gives.
#[derive(Debug)]
pub(crate) struct Door {
    listener: TcpListener,
    silence: Duration,
}

impl Door {
    /// Behind it, a connection from which nothing comes for `silence` ends.
    pub(crate) fn new(listener: TcpListener, silence: Duration) -> Self {
        Self { listener, silence }
    }
}

impl Listener for Door {
    type Io = Guest;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Guest, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // A review is many small messages; waiting to join them into one packet is felt.
        let _ = stream.set_nodelay(true);
        (Guest { stream, silence: self.silence, until: None }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Guest {
    stream: TcpStream,
    silence: Duration,
    /// When waiting for the other side ends. Runs only while something is waited for: a hub that does not read holds
    /// its silence against nobody.
    until: Option<Pin<Box<Sleep>>>,
}

impl AsyncRead for Guest {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, buffer) {
            self.until = None;
            return Poll::Ready(read);
        }
        let silence = self.silence;
        let until = self.until.get_or_insert_with(|| Box::pin(sleep(silence)));
        ready!(until.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, format!("nothing came for {silence:?}"))))
    }
}

impl AsyncWrite for Guest {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
