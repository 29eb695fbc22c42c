//! An S3 server of its own. In: a folder. Out: a bucket on loopback, and the environment with which a program reaches it.

use std::path::{Path, PathBuf};

use anyhow::Result;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The bucket.
pub const BUCKET: &str = "fashion";

/// The credentials.
const KEY: &str = "tests";
/// A word that must be in no output.
pub const SECRET: &str = "a-secret-of-buckets";

/// A running server.
#[derive(Debug)]
pub struct ObjectStorage {
    folder: PathBuf,
    _temporary: Option<TempDir>,
    runtime: Option<Runtime>,
    port: u16,
}

impl ObjectStorage {
    /// Starts a server with an empty bucket.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut started = Self::start_in(folder.path(), 0)?;
        started._temporary = Some(folder);
        Ok(started)
    }

    /// Starts a server whose bucket is kept in a folder.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn start_in(folder: &Path, port: u16) -> Result<Self> {
        std::fs::create_dir_all(folder.join(BUCKET))?;
        let mut server = Self { folder: folder.to_owned(), _temporary: None, runtime: None, port };
        server.resume()?;
        Ok(server)
    }

    /// Starts it again after [`ObjectStorage::pause`], at the same port.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn resume(&mut self) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", self.port)))?;
        self.port = listener.local_addr()?.port();
        let files = FileSystem::new(&self.folder).map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let service = builder.build().into_shared();
        runtime.spawn(async move {
            let connections = Builder::new(TokioExecutor::new());
            loop {
                let Ok((socket, _)) = listener.accept().await else { continue };
                let connection = connections.serve_connection(TokioIo::new(socket), service.clone()).into_owned();
                tokio::spawn(async move { drop(connection.await) });
            }
        });
        self.runtime = Some(runtime);
        Ok(())
    }

    /// Stops it: connections end, and nobody listens.
    pub fn pause(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(std::time::Duration::from_secs(5));
        }
    }

    /// The address of a catalogue's objects.
    #[must_use]
    pub fn address(&self) -> String {
        format!("s3://{BUCKET}/catalogue")
    }

    /// The folder in which the bucket's objects lie as files.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.folder.join(BUCKET).join("catalogue")
    }

    /// What a program's environment needs to reach it.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, String); 4] {
        [
            ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.port)),
            ("AWS_ACCESS_KEY_ID", KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
        ]
    }
}

impl Drop for ObjectStorage {
    fn drop(&mut self) {
        self.pause();
    }
}
