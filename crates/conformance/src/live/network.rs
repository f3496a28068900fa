//! The network of one script, and each participant's place in it.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::sync::{Arc, PoisonError};

use session_transport::{Address, Link, LinkEvent, LinkOptions, connect};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::relay::{Cut, Datagrams, pass_on};
use super::script::{Over, Script};
use super::wire::Wire;

/// The network of one session. It goes with this.
pub(crate) struct Network {
    pub(crate) session: String,
    pub(crate) over: Over,
    pub(crate) wire: Arc<Wire>,
    cut: Cut,
    /// Where everybody sends: a broker's URL, or the relay's port.
    hub: String,
    relay_port: u16,
    /// Each one's own port: of datagrams that come, or of the way to the broker.
    ports: BTreeMap<String, u16>,
    /// What carries the messages; ends with this.
    tasks: JoinSet<()>,
}

fn failed(what: &str) -> impl Fn(io::Error) -> String {
    move |error| format!("{what}: {error}")
}

impl Network {
    /// Sets it up for all participants of a script.
    pub(crate) async fn new(script: &Script, broker: Option<&str>) -> Result<Self, String> {
        let plan = &script.plan;
        let names = plan.peers.iter().map(|peer| &peer.name);
        let names: Vec<String> =
            names.chain(plan.existing.iter().map(|existing| &existing.name)).cloned().collect();
        // Exchanges outlive their sessions: nobody may meet what an earlier run left.
        let session = format!("script-{}-{}-{}", script.seed, script.over.word(), std::process::id());
        let mut network = Self {
            session,
            over: script.over,
            wire: Arc::new(Wire::new()),
            cut: Cut::default(),
            hub: String::new(),
            relay_port: 0,
            ports: BTreeMap::new(),
            tasks: JoinSet::new(),
        };
        match script.over {
            Over::Udp => network.relay_datagrams(names, script)?,
            Over::Amqp => network.reach_broker(names, broker.ok_or("a broker is needed")?).await?,
        }
        Ok(network)
    }

    fn relay_datagrams(&mut self, names: Vec<String>, script: &Script) -> Result<(), String> {
        for name in names {
            let free = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| socket.local_addr());
            self.ports.insert(name, free.map_err(failed("no free port"))?.port());
        }
        let receivers = self.ports.iter().map(|(name, port)| (name.clone(), *port)).collect();
        let (cut, wire) = (Arc::clone(&self.cut), Arc::clone(&self.wire));
        let relay = Datagrams::new(receivers, script.loss, script.seed, cut, wire);
        let (relay, port) = relay.map_err(failed("no relay for datagrams"))?;
        self.relay_port = port;
        self.tasks.spawn(relay.run());
        Ok(())
    }

    async fn reach_broker(&mut self, names: Vec<String>, broker: &str) -> Result<(), String> {
        broker.clone_into(&mut self.hub);
        let place = place_of(broker).ok_or_else(|| format!("{broker} names no host and port"))?;
        for name in names {
            let listener =
                TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed("no free port"))?;
            let port = listener.local_addr().map_err(failed("no free port"))?.port();
            self.tasks.spawn(pass_on(listener, place.clone(), name.clone(), Arc::clone(&self.cut)));
            self.ports.insert(name, port);
        }
        let link = self.open(&format!("{broker}#{}", self.session), None).await?;
        self.tasks.spawn(look_on(link, Arc::clone(&self.wire)));
        Ok(())
    }

    async fn open(&self, address: &str, listen: Option<u16>) -> Result<Link, String> {
        let address = Address::parse(address, "").map_err(|error| error.to_string())?;
        let udp_listen = listen.map(|port| SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port));
        let options = LinkOptions { udp_listen, ..LinkOptions::default() };
        connect(&address, options).await.map_err(|error| format!("{address}: {error}"))
    }

    /// A link for one of ours.
    pub(crate) async fn link(&self, name: &str) -> Result<Link, String> {
        let port = self.ports.get(name).copied().unwrap_or_default();
        match self.over {
            Over::Udp => {
                let address = format!("udp://127.0.0.1:{}/{}", self.relay_port, self.session);
                self.open(&address, Some(port)).await
            }
            Over::Amqp => self.open(&format!("{}#{}", self.way(port), self.session), None).await,
        }
    }

    /// What an existing peer is told of its place.
    pub(crate) fn arguments(&self, name: &str) -> Vec<String> {
        let port = self.ports.get(name).copied().unwrap_or_default();
        match self.over {
            Over::Udp => {
                let relay = format!("127.0.0.1:{}", self.relay_port);
                ["--udp".to_owned(), relay, "--listen".to_owned(), port.to_string()].into()
            }
            Over::Amqp => ["--amqp".to_owned(), self.way(port)].into(),
        }
    }

    /// The broker, by way of a relay.
    fn way(&self, port: u16) -> String {
        let (host, direct) = place_of(&self.hub).unwrap_or_default();
        self.hub.replacen(&format!("@{host}:{direct}"), &format!("@127.0.0.1:{port}"), 1)
    }

    /// Cuts a participant off, or lets it through again.
    pub(crate) fn cut(&self, name: &str, off: bool) {
        let mut cut = self.cut.lock().unwrap_or_else(PoisonError::into_inner);
        if off {
            cut.insert(name.to_owned());
        } else {
            cut.remove(name);
        }
    }

    /// Lets everybody through again.
    pub(crate) fn mend(&self) {
        self.cut.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Host and port of `amqp://user:password@host:port/…`.
fn place_of(broker: &str) -> Option<(String, u16)> {
    let place = broker.rsplit('@').next()?.split('/').next()?;
    let (host, port) = place.rsplit_once(':')?;
    Some((host.to_owned(), port.parse().ok()?))
}

async fn look_on(mut link: Link, wire: Arc<Wire>) {
    while let Some(event) = link.incoming.recv().await {
        if let LinkEvent::Message(bytes) = event {
            wire.note(&bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::place_of;

    #[test]
    fn a_brokers_place_is_read_from_its_url() {
        let place = place_of("amqp://guest:guest@127.0.0.1:34567/%2F");
        assert_eq!(place, Some(("127.0.0.1".to_owned(), 34567)));
        assert_eq!(place_of("amqp://guest"), None);
    }
}
