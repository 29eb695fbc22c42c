//! A system without certificates of authorities, as slim containers are: what speaks HTTP starts, and HTTPS trusts the public authorities.
//! Those that the environment names are trusted alone.

use std::path::Path;
use std::process::Command;

use crate::support::SHOP;

const PROGRAM: &str = env!("CARGO_BIN_EXE_shop-the-look");

/// The program of a front.
fn front(mut program: Command, folder: &Path) -> Command {
    program.args(["serve", "--client", "no-page", "--device", "cpu", "--port=0", "--shards", "http://127.0.0.1:1"]);
    program.args(["--shard-token", "a-token-of-the-shards"]).env("SHOP_THE_LOOK_CATALOGUE", SHOP.catalogue());
    program.current_dir(folder);
    program
}

/// The program with object storage where nobody listens.
fn with_storage(mut program: Command, folder: &Path) -> Command {
    program.args(["serve", "--port=0", "--catalogue", "postgres://a:b@127.0.0.1:1/c", "--objects", "s3://bucket/a"]);
    program.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").env("AWS_REGION", "us-east-1");
    program.env("AWS_ACCESS_KEY_ID", "a").env("AWS_SECRET_ACCESS_KEY", "b").current_dir(folder);
    program
}

/// The program, for which the environment names a file and a folder without a certificate.
fn with_names(folder: &Path) -> Command {
    let [file, certificates] = ["none.pem", "none"].map(|name| folder.join(name));
    std::fs::write(&file, "").expect("written");
    std::fs::create_dir_all(&certificates).expect("made");
    let mut program = Command::new(PROGRAM);
    program.env("SSL_CERT_FILE", file).env("SSL_CERT_DIR", certificates);
    program
}

#[test]
fn without_a_certificate_where_the_environment_names_authorities_nothing_else_is_trusted() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    for mut program in [front(with_names(at), at), with_storage(with_names(at), at)] {
        let output = program.output().expect("the program runs");
        let reason = String::from_utf8_lossy(&output.stderr);
        let expected = "SSL_CERT_FILE or SSL_CERT_DIR is set: expected certificates of authorities in PEM there";
        assert!(output.status.code() == Some(1) && reason.contains(expected), "{reason}");
    }
    let mut empty = Command::new(PROGRAM);
    empty.env("SSL_CERT_FILE", "").env_remove("SSL_CERT_DIR");
    let output = front(empty, at).output().expect("the program runs");
    let reason = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && reason.contains("SSL_CERT_FILE is set: expected"), "{reason}");
}

#[cfg(target_os = "linux")]
mod without_certificates {
    use std::io::{BufRead as _, BufReader};
    use std::process::Stdio;

    use stl_cluster::Process;

    use super::*;

    /// Runs its arguments with nothing where systems have their certificates.
    const HIDDEN: &str = "for folder in /etc/ssl /etc/pki /etc/security/certificates /opt/etc/ssl; do \
        [ ! -d $folder ] || mount -t tmpfs none $folder || exit 99; done; exec \"$@\"";

    /// The program, for which the system has no certificate; none where a mount of its own is not allowed.
    fn program() -> Option<Command> {
        let hidden = |program: &str| {
            let mut command = Command::new("unshare");
            command.args(["--map-root-user", "--mount", "sh", "-c", HIDDEN, "sh", program]);
            command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR");
            command
        };
        let is_allowed = hidden("true").output().is_ok_and(|output| output.status.success());
        if !is_allowed {
            eprintln!("skipped: no mounts of its own are allowed here");
        }
        is_allowed.then(|| hidden(PROGRAM))
    }

    #[test]
    fn a_front_starts_without_certificates_of_the_system() {
        let folder = tempfile::tempdir().expect("a folder");
        let Some(program) = program() else { return };
        let mut program = front(program, folder.path());
        program.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut server = Process(program.spawn().expect("the program runs"));
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
        let Some(program) = program() else { return };
        let output = with_storage(program, folder.path()).output().expect("the program runs");
        let reason = String::from_utf8_lossy(&output.stderr);
        // Nobody listens there; without a client the storage could not be opened.
        assert!(output.status.code() == Some(1) && reason.contains("s3://bucket/a cannot be listed"), "{reason}");
        assert!(reason.contains("the public ones of the program are trusted"), "{reason}");
    }
}
