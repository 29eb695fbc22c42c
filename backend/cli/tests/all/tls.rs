//! HTTPS by the server itself.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use stl_cluster::Process;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::support::{RED, SHOP, png, rectangle};

/// Longer than any start, and than a changed certificate waits.
const PATIENCE: Duration = Duration::from_secs(60);

/// Writes a new certificate for `localhost`, and returns it.
fn write_certificate(folder: &Path) -> Certificate<'static> {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).expect("made");
    let signing_key: KeyPair = signing_key;
    fs::write(folder.join("chain.pem"), cert.pem()).expect("written");
    fs::write(folder.join("key.pem"), signing_key.serialize_pem()).expect("written");
    Certificate::from_der(cert.der()).to_owned()
}

/// A client that trusts one certificate only.
fn trusting(certificate: &Certificate<'static>) -> ureq::Agent {
    let roots = RootCerts::new_with_certs(std::slice::from_ref(certificate));
    let tls = TlsConfig::builder().root_certs(roots).build();
    ureq::Agent::config_builder().tls_config(tls).http_status_as_error(false).build().into()
}

#[test]
fn searches_come_by_https_and_a_renewed_certificate_is_taken_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let first = write_certificate(folder);
    let mut program = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
    program.current_dir(folder).env("SHOP_THE_LOOK_CATALOGUE", SHOP.catalogue());
    program.args(["serve", "--client", "no-page", "--device", "cpu", "--workers", "1", "--port=0"]);
    program.args(["--tls-certificate", "chain.pem", "--tls-key", "key.pem"]);
    let mut server = Process(program.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program runs"));
    let mut line = String::new();
    BufReader::new(server.0.stdout.as_mut().expect("piped")).read_line(&mut line).expect("a line");
    let port = line.trim().strip_prefix("listening on https://127.0.0.1:").expect("an address").to_owned();
    let at = |path: &str| format!("https://localhost:{port}{path}");

    let client = trusting(&first);
    let end = Instant::now() + PATIENCE;
    while client.get(at("/readyz")).call().expect("an answer").status() != 200 {
        assert!(Instant::now() < end, "ready within a minute");
        std::thread::sleep(Duration::from_millis(50));
    }
    let search = client.post(at("/api/v1/search")).header("content-type", "image/png");
    let mut found = search.send(&png(&rectangle(90, 120, RED))).expect("an answer");
    let found = found.body_mut().read_to_string().expect("text");
    assert!(found.contains("\"articles_scored\":24,"), "{found}");

    // Who speaks HTTP gets no answer of it, and others are served meanwhile.
    let silent = TcpStream::connect(format!("127.0.0.1:{port}")).expect("it listens");
    let mut plain = TcpStream::connect(format!("127.0.0.1:{port}")).expect("it listens");
    plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").expect("sent");
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    assert_eq!(client.get(at("/healthz")).call().expect("an answer").status(), 200);
    drop(silent);

    let second = write_certificate(folder);
    let end = Instant::now() + PATIENCE;
    while trusting(&second).get(at("/healthz")).call().is_err() {
        assert!(Instant::now() < end, "taken up within a minute");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(trusting(&first).get(at("/healthz")).call().is_err(), "the former one is not shown any more");
}
