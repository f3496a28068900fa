//! TLS settings shared by the WebSocket and AMQP links.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::{ConnectError, TlsFiles, Verification};

/// Settings that trust the system's certificates and the given file's, with the client's own certificate if there is one.
pub(crate) fn client_config(
    files: &TlsFiles,
    verification: Verification,
) -> Result<Arc<ClientConfig>, ConnectError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| no_settings(&error))?;
    let builder = match verification {
        Verification::On => builder.with_root_certificates(roots(files)?),
        Verification::Off => {
            tracing::warn!(
                "the broker's certificate is NOT checked, because the address says so (verify=ignore)"
            );
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Unchecked(provider)))
        }
    };
    let config = match (&files.cert, &files.key) {
        (Some(cert), Some(key)) => builder
            .with_client_auth_cert(certificates(cert)?, private_key(key)?)
            .map_err(|error| unusable(cert, &error))?,
        _ => builder.with_no_client_auth(),
    };
    Ok(Arc::new(config))
}

fn roots(files: &TlsFiles) -> Result<RootCertStore, ConnectError> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    for error in &system.errors {
        tracing::debug!(%error, "a certificate of the system could not be read");
    }
    roots.add_parsable_certificates(system.certs);
    if let Some(path) = &files.ca {
        for certificate in certificates(path)? {
            roots.add(certificate).map_err(|error| unusable(path, &error))?;
        }
    }
    Ok(roots)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ConnectError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = read.map_err(|error| unusable(path, &error))?;
    if certificates.is_empty() {
        return Err(unusable(path, &"it holds no PEM certificate"));
    }
    Ok(certificates)
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, ConnectError> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| unusable(path, &error))
}

fn unusable(path: &Path, detail: &dyn std::fmt::Display) -> ConnectError {
    ConnectError::CertificateFile { path: path.to_owned(), detail: detail.to_string() }
}

fn no_settings(error: &rustls::Error) -> ConnectError {
    let (address, detail) = (String::from("TLS"), error.to_string());
    ConnectError::Tls { address, detail, advice: "this build has no usable TLS" }
}

/// What to do about a failed handshake.
pub(crate) fn advice(detail: &str) -> &'static str {
    let detail = detail.to_ascii_lowercase();
    if detail.contains("unknownissuer") || detail.contains("unknown issuer") {
        "its certificate is signed by nobody this machine trusts: name the signer's file (amqps: ?cacertfile=FILE)"
    } else if detail.contains("not valid for name") || detail.contains("notvalidforname") {
        "its certificate is for another name: use the name that stands in the certificate"
    } else if detail.contains("expired") {
        "its certificate has expired: renew it there, or check this machine's clock"
    } else if detail.contains("certificaterequired") || detail.contains("certificate required") {
        "it wants this program's certificate too (amqps: ?certfile=FILE&keyfile=FILE)"
    } else {
        "check that the port is the encrypted one, and the certificates"
    }
}

/// Accepts any certificate; signatures of the handshake are still checked.
#[derive(Debug)]
struct Unchecked(Arc<CryptoProvider>);

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
