//! A system without certificates of authorities, as slim containers are: what speaks HTTP starts, and HTTPS trusts the public authorities.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use stl_cluster::Process;

use crate::support::SHOP;

/// The program, for which the system has no certificate.
fn program(folder: &Path) -> Command {
    let [file, certificates] = ["none.pem", "none"].map(|name| folder.join(name));
    std::fs::write(&file, "").expect("written");
    std::fs::create_dir_all(&certificates).expect("made");
    let mut program = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
    // Read in place of the system's.
    program.current_dir(folder).env("SSL_CERT_FILE", file).env("SSL_CERT_DIR", certificates);
    program
}

#[test]
fn a_front_starts_without_certificates_of_the_system() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut program = program(folder.path());
    program.args(["serve", "--client", "no-page", "--device", "cpu", "--port=0", "--shards", "http://127.0.0.1:1"]);
    program.args(["--shard-token", "a-token-of-the-shards"]).env("SHOP_THE_LOOK_CATALOGUE", SHOP.catalogue());
    let mut server = Process(program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs"));
    let mut line = String::new();
    BufReader::new(server.0.stdout.as_mut().expect("piped")).read_line(&mut line).expect("a line");
    if !line.starts_with("listening on http://127.0.0.1:") {
        let lines = BufReader::new(server.0.stderr.take().expect("piped")).lines().map_while(Result::ok);
        panic!("{line}{}", lines.collect::<Vec<_>>().join("\n"));
    }
}

#[test]
fn object_storage_is_asked_without_certificates_of_the_system() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut program = program(folder.path());
    program.args(["serve", "--port=0", "--catalogue", "postgres://a:b@127.0.0.1:1/c", "--objects", "s3://bucket/a"]);
    program.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").env("AWS_REGION", "us-east-1");
    program.env("AWS_ACCESS_KEY_ID", "a").env("AWS_SECRET_ACCESS_KEY", "b");
    let output = program.output().expect("the program runs");
    let reason = String::from_utf8_lossy(&output.stderr);
    // Nobody listens there; without a client the storage could not be opened.
    assert!(output.status.code() == Some(1) && reason.contains("s3://bucket/a cannot be listed"), "{reason}");
}
