//! What can be wrong with an address.

/// What is wrong with an address, in which part, and how a right one looks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Nothing was given.
    #[error(
        "the address is empty; write for example ws://127.0.0.1:8480/dailies or amqp://guest:guest@broker/%2F#dailies"
    )]
    Empty,
    /// The part before `://` is not one of ours.
    #[error(
        "the address begins with `{scheme}://`, which is none of ws, wss, http, https, amqp, amqps, udp; write for example ws://127.0.0.1:8480/dailies"
    )]
    UnknownScheme {
        /// The part before `://`.
        scheme: String,
    },
    /// There is no name of a session.
    #[error("the address names no session; write for example {example}")]
    NoSession {
        /// A right address of the same form.
        example: &'static str,
    },
    /// The name of the session cannot be one.
    #[error("`{name}` cannot be the name of a session: {fault}; write for example dailies")]
    SessionName {
        /// What stands there.
        name: String,
        /// The rule it breaks.
        fault: &'static str,
    },
    /// The host is missing or cannot be one.
    #[error("the host in the address is wrong: {fault}; write for example {example}")]
    Host {
        /// What is wrong.
        fault: String,
        /// A right address of the same form.
        example: &'static str,
    },
    /// The port is not a number from 1 to 65535.
    #[error(
        "the port in the address is `{port}`, which is no number from 1 to 65535; write for example {example}"
    )]
    Port {
        /// What stands there.
        port: String,
        /// A right address of the same form.
        example: &'static str,
    },
    /// User or password cannot be read.
    #[error("the user and password in the address are wrong: {fault}; write for example {example}")]
    Credentials {
        /// What is wrong (never the password).
        fault: &'static str,
        /// A right address of the same form.
        example: &'static str,
    },
    /// The path does not have the form it must have.
    #[error("the path in the address is wrong: {fault}; write for example {example}")]
    Path {
        /// What is wrong.
        fault: String,
        /// A right address of the same form.
        example: &'static str,
    },
    /// A parameter after `?` is unknown or has a wrong value.
    #[error("the parameter `{name}` in the address is wrong: {fault}; write for example {example}")]
    Parameter {
        /// Its name.
        name: String,
        /// What is wrong.
        fault: String,
        /// A right address of the same form.
        example: &'static str,
    },
    /// The part after `#` does not have the form it must have.
    #[error("the part after # in the address is wrong: {fault}; write for example {example}")]
    Fragment {
        /// What is wrong (never the secret).
        fault: &'static str,
        /// A right address of the same form.
        example: &'static str,
    },
}
