//! The parts of a cluster for a test, and programs that use them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use stl_cluster::objects::SECRET;
use stl_cluster::postgres::PASSWORD;
use stl_cluster::{ObjectStorage, Postgres};
use tempfile::TempDir;

use super::networks::own_models;
pub(crate) use crate::served::{Server, get, get_version, wait_for_answer};
use crate::support::write_feed;

/// PostgreSQL, storage, a folder with a feed.
pub(crate) struct Machines {
    pub(crate) postgres: Postgres,
    pub(crate) storage: ObjectStorage,
    folder: TempDir,
}

impl Machines {
    /// None where PostgreSQL cannot be installed.
    pub(crate) fn start() -> Option<Self> {
        let postgres = Postgres::start_or_skip().expect("PostgreSQL starts")?;
        let (storage, folder) =
            (ObjectStorage::start().expect("storage starts"), tempfile::tempdir().expect("a folder"));
        write_feed(&folder.path().join("feed"));
        Some(Self { postgres, storage, folder })
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program in the folder, with the cluster as its catalogue.
    pub(crate) fn program(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
        command.args(words).current_dir(self.folder.path());
        command.env("SHOP_THE_LOOK_MODELS", own_models());
        command.env("SHOP_THE_LOOK_CATALOGUE", self.postgres.address()).env("SHOP_THE_LOOK_DEVICE", "cpu");
        command.env("SHOP_THE_LOOK_OBJECTS", self.storage.address()).envs(self.storage.environment());
        command
    }

    /// What `catalogue …` prints, which must succeed.
    pub(crate) fn catalogue(&self, words: &[&str]) -> String {
        let output = self.output(words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// What `catalogue …` does; no secret is printed.
    pub(crate) fn output(&self, words: &[&str]) -> Output {
        let output = self.program(&[&["catalogue"], words].concat()).output().expect("run");
        assert_silent(&output);
        output
    }

    /// A catalogue in the database, from the feed by way of a folder.
    pub(crate) fn fill(&self) {
        self.catalogue(&["import", "feed", "--catalogue", "folder"]);
        let address = self.postgres.address();
        self.catalogue(&["copy", "folder", &address]);
    }

    /// Changes a product's price.
    pub(crate) fn set_price(&self, id: &str, price: &str) {
        let line = serde_json::json!({"id": id, "price": price}).to_string();
        std::fs::write(self.at("change.jsonl"), line).expect("written");
        self.catalogue(&["update", "change.jsonl", "--cache", "of-updates"]);
    }

    /// A server with a cache of its own, once it is ready.
    pub(crate) fn serve(&self, cache: &str) -> Server {
        let server = self.serve_soon(cache);
        server.wait_for("/readyz", |answer| answer.starts_with("ready"));
        server
    }

    /// The same at a port.
    pub(crate) fn serve_at(&self, cache: &str, port: u16) -> Server {
        self.serve_with(&own_models(), cache, port)
    }

    /// The same with other networks.
    pub(crate) fn serve_with(&self, models: &Path, cache: &str, port: u16) -> Server {
        let server = self.started(models, cache, port);
        server.wait_for("/readyz", |answer| answer.starts_with("ready"));
        server
    }

    /// A server that may not be ready yet.
    pub(crate) fn serve_soon(&self, cache: &str) -> Server {
        self.started(&own_models(), cache, 0)
    }

    fn started(&self, models: &Path, cache: &str, port: u16) -> Server {
        let mut command = self.program(&["serve", "--port", &port.to_string(), "--cache", cache, "--events"]);
        Server::spawn(command.env("SHOP_THE_LOOK_MODELS", models), self.at(&format!("{cache}.log")))
    }
}

/// No password and no key is in what a program prints.
pub(crate) fn assert_silent(output: &Output) {
    for text in [&output.stdout, &output.stderr] {
        let text = String::from_utf8_lossy(text);
        assert!(!text.contains(PASSWORD) && !text.contains(SECRET), "{text}");
    }
}
