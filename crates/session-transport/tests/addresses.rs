//! Addresses as people type them.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::Ipv4Addr;

use proptest::prelude::*;
use session_transport::{
    Address, AddressError, AmqpAddress, SessionName, UdpTarget, Verification, WebSocketAddress,
};

fn read(text: &str) -> Result<Address, AddressError> {
    Address::parse(text, "127.0.0.1")
}

fn amqp(text: &str) -> AmqpAddress {
    match read(text) {
        Ok(Address::Amqp(address)) => address,
        other => panic!("{text}: {other:?}"),
    }
}

fn hub(text: &str) -> WebSocketAddress {
    match read(text) {
        Ok(Address::WebSocket(address)) => address,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn a_hub_is_reached_by_socket_address_or_page_link() {
    let socket = hub("ws://host:9000/dailies#k=hush");
    assert_eq!(socket, hub("http://host:9000/s/dailies#k=hush"));
    assert_eq!(socket.endpoint(), "ws://host:9000/ws?session=dailies");
    assert_eq!(socket.page_link(), "http://host:9000/s/dailies#k=hush");
    assert_eq!(socket.secret.unwrap().reveal(), "hush");
    assert_eq!(hub("ws://host/dailies").port, 8480);
    assert_eq!(hub("wss://host/dailies").port, 443);
    assert_eq!(hub("HTTPS://[::1]:8480/s/dailies/").endpoint(), "wss://[::1]:8480/ws?session=dailies");
    assert_eq!(hub("ws://host/shot%20review%20%C3%A9").session.as_str(), "shot review é");
    assert_eq!(hub("ws://host/a%26b").endpoint(), "ws://host:8480/ws?session=a%26b");
}

#[test]
fn a_broker_is_reached_by_url_with_the_session_after_the_hash() {
    let address =
        amqp("amqps://us%65r:p%40ss@broker:5999/v%2Fhost?cacertfile=/x/ca.pem&heartbeat=30#dailies");
    assert_eq!((address.tls, address.host.as_str(), address.port), (true, "broker", 5999));
    assert_eq!((address.user.as_str(), address.password.reveal()), ("user", "p@ss"));
    assert_eq!((address.vhost.as_str(), address.session.as_str()), ("v/host", "dailies"));
    assert_eq!(address.ca_file.unwrap().to_str(), Some("/x/ca.pem"));
    assert_eq!(address.heartbeat, Some(30));
    assert_eq!(amqp("amqp://h#d").port, 5672);
    assert_eq!(amqp("amqps://h#d").port, 5671);
    assert_eq!(amqp("amqp://h/#d").vhost, "/");
    assert_eq!(amqp("amqp://[::1]:5673/%2F#d").place(), "[::1]:5673");
    assert_eq!(amqp("amqp://h#d").exchange(), "sync_session_d");
}

#[test]
fn ori_session_reads_as_in_the_reference() {
    for (text, host, port, vhost, session) in [
        ("dailies", "127.0.0.1", 5672, "/", "dailies"),
        (":dailies", "127.0.0.1", 5672, "/", "dailies"),
        ("10.0.0.5:dailies", "10.0.0.5", 5672, "/", "dailies"),
        ("[::1]:dailies", "::1", 5672, "/", "dailies"),
        ("amqp://host:dailies", "host", 5672, "/", "dailies"),
        ("amqp://host:5673:dailies", "host", 5673, "/", "dailies"),
        ("amqp://host:5673/review:dailies", "host", 5673, "review", "dailies"),
        ("amqps://user:pw@host:5671/vhost?cacertfile=/x/ca.pem:dailies", "host", 5671, "vhost", "dailies"),
        ("amqp://user:pw@[::1]:5673:dailies", "::1", 5673, "/", "dailies"),
        ("amqp://[::1]:dailies", "::1", 5672, "/", "dailies"),
    ] {
        let address = amqp(text);
        assert_eq!((address.host.as_str(), address.port), (host, port), "{text}");
        assert_eq!((address.vhost.as_str(), address.session.as_str()), (vhost, session), "{text}");
    }
    let Ok(Address::Amqp(address)) = Address::parse("dailies", "amqp://u:p@broker:5999/v") else { panic!() };
    assert_eq!((address.host.as_str(), address.port, address.vhost.as_str()), ("broker", 5999, "v"));
    assert_eq!(address.password.reveal(), "p");
}

#[test]
fn an_amqp_url_without_a_session_is_not_split_wrongly() {
    for text in [
        "amqps://h:5671/vhost",
        "amqp://host:5672",
        "amqp://user:pw@host",
        "amqp://user:pw@host:5672/v",
        "amqp://[::1]",
        "amqp://host:5672:",
        "amqp://h#",
    ] {
        assert!(matches!(read(text), Err(AddressError::NoSession { .. })), "{text}: {:?}", read(text));
    }
}

#[test]
fn verification_is_off_only_where_the_address_says_so() {
    assert_eq!(amqp("amqps://localhost/%2F#d").verification, Verification::On);
    assert_eq!(amqp("amqps://127.0.0.1/localhost#d").verification, Verification::On);
    assert_eq!(amqp("amqps://h?verify=ignore#d").verification, Verification::Off);
    assert_eq!(amqp("amqps://h?ssl_verify=False#d").verification, Verification::Off);
    assert_eq!(amqp("amqps://h?verify=ignore#d").to_string(), "amqps://guest:***@h:5671/%2F?verify=ignore#d");
}

#[test]
fn a_network_is_reached_by_any_kind_of_address() {
    let udp = |text: &str| match read(text) {
        Ok(Address::Udp(address)) => (address.target, address.port),
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(udp("udp://239.1.2.3:7000/d"), (UdpTarget::Explicit(Ipv4Addr::new(239, 1, 2, 3)), 7000));
    assert_eq!(udp("udp://localhost/d"), (UdpTarget::Explicit(Ipv4Addr::LOCALHOST), 9999));
    assert_eq!(udp("udp:///d"), (UdpTarget::Automatic, 9999));
    assert_eq!(udp("udp://:9000/d"), (UdpTarget::Automatic, 9000));
}

#[test]
fn every_error_names_the_part_and_shows_a_right_address() {
    for (text, part) in [
        ("", "empty"),
        ("ftp://h/d", "`ftp://`"),
        ("ws://h:8480", "names no session"),
        ("ws://h:8480/", "names no session"),
        ("http://h:8480/s/", "names no session"),
        ("http://h:8480/dailies", "path"),
        ("ws:///d", "host"),
        ("ws://h:99999/d", "port in the address is `99999`"),
        ("ws://h:0/d", "port"),
        ("ws://h:http/d", "port"),
        ("ws://u:p@h/d", "user and password"),
        ("ws://h/d?x=1", "parameter `x`"),
        ("ws://h/d#secret", "after #"),
        ("ws://h/a/b", "path"),
        ("ws://h y/d", "host"),
        ("ws://[::1/d", "host"),
        ("amqp://h/a/b#d", "%2F"),
        ("amqps://h?cacertfiel=x#d", "parameter `cacertfiel`"),
        ("amqps://h?verify=perhaps#d", "parameter `verify`"),
        ("amqps://h?certfile=x#d", "keyfile"),
        ("amqp://h?cacertfile=x#d", "amqps"),
        ("amqp://h?heartbeat=soon#d", "parameter `heartbeat`"),
        ("udp://::1/d", "host"),
        ("udp://name/d", "IPv4"),
        ("udp://1.2.3.4:9999", "names no session"),
        ("localhost:8480/dailies", "cannot be the name of a session"),
        ("a\nb", "control"),
    ] {
        let error = read(text).expect_err(text).to_string();
        assert!(error.contains(part), "{text}: {error}");
        assert!(error.contains("for example"), "{text}: {error}");
    }
}

#[test]
fn neither_passwords_nor_secrets_are_ever_shown() {
    for text in [
        "amqp://user:hunter2@broker/%2F#d",
        "ws://h/d#k=hunter2",
        "http://h/s/d#k=hunter2",
        "amqp://user:hunter2@h:5672/v:d",
    ] {
        let address = read(text).unwrap();
        assert!(!format!("{address} {address:?} {address:#?}").contains("hunter2"), "{address:?}");
    }
    for text in [
        "amqp://user:hunter2/x@broker/%2F#d",
        "amqp://user:pw#hunter2@broker/%2F#d",
        "amqp://user:hunter2@h:port/v#d",
        "ws://u:hunter2@h/d",
        "ws://h/d#hunter2",
        "ws://h/d?k=hunter2",
    ] {
        let error = read(text).expect_err(text);
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{text}: {error}");
    }
}

#[test]
fn names_that_would_leave_a_directory_or_a_url_are_refused() {
    for name in ["", ".", "..", "a/b", "a\\b", "a:b", "a#b", "a?b", " a", "a\t", "a\u{7f}"] {
        assert!(SessionName::new(name).is_err(), "{name:?}");
    }
    assert!(SessionName::new(&"x".repeat(128)).is_ok());
    assert!(SessionName::new(&"x".repeat(129)).is_err());
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}", scheme in prop::sample::select(vec!["", "ws://", "https://", "amqp://", "udp://"])) {
        let text = format!("{scheme}{text}");
        if let Ok(address) = read(&text) {
            prop_assert!(SessionName::new(address.session()).is_ok());
        }
    }

    #[test]
    fn what_an_address_shows_reads_back_as_the_same_place(
        name in "[^/\\\\:#?\\p{Cc} ]{1,20}",
        host in "[a-z0-9.-]{1,20}",
        port in 1..=u16::MAX,
    ) {
        prop_assume!(SessionName::new(&name).is_ok());
        let session = SessionName::new(&name).unwrap();
        for text in [
            format!("wss://{host}:{port}/{}", session.to_url_text()),
            format!("udp://:{port}/{}", session.to_url_text()),
        ] {
            let address = read(&text).unwrap();
            prop_assert_eq!(address.session(), &name);
            prop_assert_eq!(&read(&address.to_string()).unwrap(), &address);
        }
        let broker = read(&format!("amqp://guest@{host}:{port}/v#{}", session.to_url_text())).unwrap();
        prop_assert_eq!(broker.session(), &name);
    }
}
