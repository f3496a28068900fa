//! A wire between a program and a server that can be cut.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Passes bytes on to a port of this machine, until it is cut.
pub(crate) struct Relay {
    /// Where it listens.
    pub(crate) port: u16,
    is_whole: Arc<AtomicBool>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Relay {
    /// A whole wire to `target`, a port of this machine.
    pub(crate) fn to(target: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let is_whole = Arc::new(AtomicBool::new(true));
        let streams = Arc::new(Mutex::new(Vec::new()));
        let relay = Self { port, is_whole: Arc::clone(&is_whole), streams: Arc::clone(&streams) };
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                if is_whole.load(Ordering::SeqCst) {
                    let far = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).unwrap();
                    streams.lock().unwrap().extend([near.try_clone().unwrap(), far.try_clone().unwrap()]);
                    pass_on(near.try_clone().unwrap(), far.try_clone().unwrap());
                    pass_on(far, near);
                }
            }
        });
        relay
    }

    /// Cuts every connection; new ones are closed at once.
    pub(crate) fn cut(&self) {
        self.is_whole.store(false, Ordering::SeqCst);
        for stream in self.streams.lock().unwrap().drain(..) {
            // The program may have closed it.
            drop(stream.shutdown(Shutdown::Both));
        }
    }

    /// New connections come through again.
    pub(crate) fn mend(&self) {
        self.is_whole.store(true, Ordering::SeqCst);
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        let mut chunk = [0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut chunk) {
            if to.write_all(&chunk[..count]).is_err() {
                break;
            }
        }
        drop(to.shutdown(Shutdown::Both));
    });
}

/// The port of `amqp://user:password@host:PORT/…`.
pub(crate) fn port_of(broker: &str) -> u16 {
    let place = broker.rsplit('@').next().unwrap();
    place.split(['/', ':']).nth(1).unwrap().parse().unwrap()
}

/// The same broker by another port.
pub(crate) fn through(broker: &str, port: u16) -> String {
    broker.replacen(&format!(":{}", port_of(broker)), &format!(":{port}"), 1)
}
