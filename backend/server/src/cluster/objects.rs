//! Object storage. In: files, or the digests of objects. Out: objects that are named by the SHA-256 of their bytes, or the files again.
//!
//! An object is written once and never changed, so it may be written twice at the same time, and read without asking whether it is new.
//! What comes is checked against its name.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _, WriteMultipart};
use sha2::{Digest as _, Sha256};
use url::Url;

use self::cloud::Cloud;
use super::error::{ClusterError, file};
use super::runtime::wait;
use crate::digest::Digest;
use crate::errors::with_sources;
use crate::files::UNFINISHED;

mod cloud;

/// From this size on an object is sent in parts of this size; S3 takes 10,000 of them.
const PART_BYTES: usize = 16 << 20;

/// Parts on their way at once.
const PARTS_AT_ONCE: usize = 4;

/// Small files on their way at once: each waits for the storage most of the time.
const FILES_AT_ONCE: usize = 16;

/// The file or folder where objects are.
#[derive(Clone, Debug)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    prefix: Key,
    address: String,
}

/// An object: the digest of its bytes, and how many they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectName {
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// Its size.
    pub size_bytes: u64,
}

impl Objects {
    /// Opens `s3://bucket/prefix`, `gs://bucket/prefix` or `az://container/prefix`, with credentials, region and endpoint of the environment
    /// (`AWS_ACCESS_KEY_ID` and its like), or `file:///folder`, which must be there: a share that is not mounted is no empty one.
    ///
    /// # Errors
    /// When the address is none of them, or cannot be used.
    pub fn open(address: &str) -> Result<Self, ClusterError> {
        let refused = || ClusterError::ObjectsAddress { received: without_secrets(address) };
        let url = Url::parse(address).map_err(|_| refused())?;
        let failed = |error: object_store::Error| ClusterError::Objects {
            objects: without_secrets(address),
            what: "opened",
            reason: with_sources(&error),
        };
        let (store, prefix): (Arc<dyn ObjectStore>, Key) = match (url.scheme(), url.host_str()) {
            (scheme, Some(bucket)) if url.password().is_none() => {
                let cloud = Cloud::of_scheme(scheme).ok_or_else(refused)?;
                (cloud.open(bucket).map_err(failed)?, Key::from(url.path().trim_matches('/')))
            }
            ("file", None) => {
                let folder = url.to_file_path().map_err(|()| refused())?;
                (Arc::new(LocalFileSystem::new_with_prefix(folder).map_err(failed)?), Key::default())
            }
            _ => return Err(refused()),
        };
        Ok(Self { store, prefix, address: without_secrets(address) })
    }

    /// Checks that objects can be listed.
    ///
    /// # Errors
    /// When they cannot.
    pub fn check(&self) -> Result<(), ClusterError> {
        let first = wait(async { self.store.list(Some(&self.prefix)).next().await });
        first.transpose().map(drop).map_err(|error| self.failed("listed", &error))
    }

    /// [`Objects::check`] that takes no longer than a time.
    ///
    /// # Errors
    /// When they cannot be listed, or not by then.
    pub fn check_within(&self, timeout: Duration) -> Result<(), ClusterError> {
        let first = async { self.store.list(Some(&self.prefix)).next().await };
        let Ok(first) = wait(async { tokio::time::timeout(timeout, first).await }) else {
            let reason = format!("no answer for {} s", timeout.as_secs());
            return Err(ClusterError::Objects { objects: self.address.clone(), what: "listed", reason });
        };
        first.transpose().map(drop).map_err(|error| self.failed("listed", &error))
    }

    /// The address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Writes a file as an object.
    ///
    /// # Errors
    /// When the file cannot be read or the object cannot be written.
    pub fn put_file(&self, path: &Path) -> Result<ObjectName, ClusterError> {
        let name = digest_of(path)?;
        if name.size_bytes < PART_BYTES as u64 {
            let bytes = std::fs::read(path).map_err(file(path))?;
            return self.put(bytes.into());
        }
        let mut source = File::open(path).map_err(file(path))?;
        let failed = |error| self.failed("written", &error);
        let upload = wait(self.store.put_multipart(&self.key(&name.sha256))).map_err(failed)?;
        let mut writer = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
        loop {
            let mut part = Vec::with_capacity(PART_BYTES);
            std::io::Read::by_ref(&mut source).take(PART_BYTES as u64).read_to_end(&mut part).map_err(file(path))?;
            if part.is_empty() {
                break;
            }
            wait(async {
                writer.wait_for_capacity(PARTS_AT_ONCE).await?;
                // The writer sends by tasks of its own.
                writer.put(part.into());
                Ok(())
            })
            .map_err(failed)?;
        }
        wait(writer.finish()).map_err(failed)?;
        Ok(name)
    }

    /// Writes bytes as an object.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(&self, bytes: Bytes) -> Result<ObjectName, ClusterError> {
        let name = ObjectName { sha256: Digest::of(&bytes), size_bytes: bytes.len() as u64 };
        let key = self.key(&name.sha256);
        wait(self.store.put(&key, bytes.into())).map_err(|error| self.failed("written", &error))?;
        Ok(name)
    }

    /// Writes small files, many at once. Their names stand beside their paths.
    ///
    /// # Errors
    /// When one cannot be read or written.
    pub fn put_files<T>(
        &self,
        files: impl Iterator<Item = (T, std::path::PathBuf)>,
    ) -> Result<Vec<(T, ObjectName)>, ClusterError> {
        let puts = files.map(|(item, path)| async move {
            let bytes = tokio::fs::read(&path).await.map_err(file(&path))?.into();
            Ok((item, self.put_small(bytes).await?))
        });
        wait(futures_util::stream::iter(puts).buffered(FILES_AT_ONCE).try_collect())
    }

    /// The same of bytes in memory. They are copied when their turn comes.
    ///
    /// # Errors
    /// When some cannot be written.
    pub fn put_all<T>(&self, all: impl Iterator<Item = (T, Bytes)>) -> Result<Vec<(T, ObjectName)>, ClusterError> {
        let puts = all.map(|(item, bytes)| async move { Ok((item, self.put_small(bytes).await?)) });
        wait(futures_util::stream::iter(puts).buffered(FILES_AT_ONCE).try_collect())
    }

    async fn put_small(&self, bytes: Bytes) -> Result<ObjectName, ClusterError> {
        let name = ObjectName { sha256: Digest::of(&bytes), size_bytes: bytes.len() as u64 };
        let put = self.store.put(&self.key(&name.sha256), bytes.into()).await;
        put.map_err(|error| self.failed("written", &error))?;
        Ok(name)
    }

    /// The first bytes of an object, so many at most. They are not checked against its name.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn first_bytes(&self, object: &ObjectName, count: u64) -> Result<Bytes, ClusterError> {
        let range = 0..count.min(object.size_bytes);
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        wait(self.store.get_range(&self.key(&object.sha256), range)).map_err(|error| self.failed("read", &error))
    }

    /// Fetches an object to a file, which is whole or absent. `name` is the catalogue's name of it, for messages.
    ///
    /// # Errors
    /// When it cannot be read or written, or is damaged.
    pub fn fetch(&self, object: &ObjectName, name: &str, path: &Path) -> Result<(), ClusterError> {
        static FETCHED: AtomicU64 = AtomicU64::new(0);
        let mut part = path.as_os_str().to_owned();
        part.push(format!(".{}f{UNFINISHED}", FETCHED.fetch_add(1, Ordering::Relaxed)));
        let part = std::path::PathBuf::from(part);
        let fetched = self.fetch_to(object, name, &part, path);
        let fetched = fetched.and_then(|()| std::fs::rename(&part, path).map_err(file(path)));
        // Half a file on a full disk would keep it full.
        fetched.inspect_err(|_| _ = std::fs::remove_file(&part))
    }

    /// Fetches to `part`. Messages name `path`, which is the same at each try.
    fn fetch_to(&self, object: &ObjectName, name: &str, part: &Path, path: &Path) -> Result<(), ClusterError> {
        let failed = |error| self.failed("read", &error);
        let mut stream = wait(self.store.get(&self.key(&object.sha256))).map_err(failed)?.into_stream();
        let (mut target, mut hash) = (File::create(part).map_err(file(path))?, Sha256::new());
        while let Some(bytes) = wait(stream.try_next()).map_err(failed)? {
            hash.update(&bytes);
            target.write_all(&bytes).map_err(file(path))?;
        }
        let received = Digest::from_bytes(hash.finalize().into());
        if received != object.sha256 {
            let (expected, received) = (object.sha256.to_string(), received.to_string());
            return Err(ClusterError::Damaged {
                objects: self.address.clone(),
                name: name.to_owned(),
                expected,
                received,
            });
        }
        target.sync_all().map_err(file(path))
    }

    /// Deletes an object; one that is not there is deleted already.
    ///
    /// # Errors
    /// When the storage refuses.
    pub fn delete(&self, sha256: &Digest) -> Result<(), ClusterError> {
        match wait(self.store.delete(&self.key(sha256))) {
            Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(self.failed("deleted", &error)),
        }
    }

    /// An object's key: a folder of ten million files would be slow to list.
    fn key(&self, sha256: &Digest) -> Key {
        let digits = sha256.to_string();
        self.prefix.clone().join(&digits[..2]).join(digits)
    }

    fn failed(&self, what: &'static str, error: &object_store::Error) -> ClusterError {
        // The innermost reason; the outer ones repeat addresses.
        let sources = std::iter::successors(std::error::Error::source(error), |error| error.source());
        let innermost = sources.map(ToString::to_string).last().unwrap_or_else(|| error.to_string());
        // S3 answers errors with XML.
        let code = innermost.split_once("<Code>").and_then(|(_, rest)| Some(rest.split_once("</Code>")?.0.to_owned()));
        let is_forbidden = innermost.contains("403 Forbidden") || innermost.contains("401 Unauthorized");
        let reason = match (error, code) {
            (object_store::Error::NotFound { path, .. }, _) => format!("there is no {path}"),
            (_, Some(code)) if is_forbidden => format!("expected credentials that may do this, got {code}"),
            (_, Some(code)) => code,
            (_, None) => innermost,
        };
        ClusterError::Objects { objects: self.address.clone(), what, reason }
    }
}

/// The name of a file's object.
pub(super) fn digest_of(path: &Path) -> Result<ObjectName, ClusterError> {
    let (mut hash, mut size_bytes) = (Sha256::new(), 0_u64);
    let (mut source, mut buffer) = (File::open(path).map_err(file(path))?, vec![0; 1 << 20]);
    loop {
        let count = source.read(&mut buffer).map_err(file(path))?;
        if count == 0 {
            return Ok(ObjectName { sha256: Digest::from_bytes(hash.finalize().into()), size_bytes });
        }
        hash.update(&buffer[..count]);
        size_bytes += count as u64;
    }
}

/// An address as it may be printed.
fn without_secrets(address: &str) -> String {
    let shown = address.split(['?', '#']).next().unwrap_or_default();
    match shown.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1))) {
        Some((scheme, rest)) => format!("{scheme}://{rest}"),
        None => shown.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_comes_back_whole_and_a_damaged_one_is_refused() {
        let (storage, folder) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let objects = Objects::open(&format!("file://{}", storage.path().display())).expect("a folder");
        objects.check().expect("listed");
        let (small, large) = (b"a picture".to_vec(), vec![7_u8; PART_BYTES + 5]);
        for bytes in [small, large] {
            let path = folder.path().join("file");
            std::fs::write(&path, &bytes).expect("written");
            let object = objects.put_file(&path).expect("put");
            assert_eq!((object.sha256, object.size_bytes), (Digest::of(&bytes), bytes.len() as u64));
            let copy = folder.path().join("copy");
            objects.fetch(&object, "images/a.jpg", &copy).expect("fetched");
            assert!(std::fs::read(&copy).expect("a file") == bytes);
            assert_eq!(objects.first_bytes(&object, 4).expect("read")[..], bytes[..4]);
            assert_eq!(objects.first_bytes(&object, u64::MAX).expect("read").len(), bytes.len());
            std::fs::remove_file(&copy).expect("removed");

            let digits = object.sha256.to_string();
            let stored = storage.path().join(&digits[..2]).join(&digits);
            std::fs::write(&stored, b"another picture").expect("damaged");
            let error = objects.fetch(&object, "images/a.jpg", &copy).expect_err("refused").to_string();
            assert!(error.contains("images/a.jpg") && error.contains(&digits), "{error}");
            std::fs::remove_file(&stored).expect("removed");
            let error = objects.fetch(&object, "images/a.jpg", &copy).expect_err("refused").to_string();
            assert!(error.contains("cannot be read: there is no "), "{error}");
            let left = std::fs::read_dir(folder.path()).expect("a folder").count();
            assert_eq!(left, 1, "nothing half fetched stays");
        }
    }

    #[test]
    fn only_addresses_of_storage_are_opened_and_no_secret_is_printed() {
        for address in [
            "catalogue",
            "s3://key:secret@bucket/prefix",
            "gs://key:secret@bucket/prefix",
            "az://key:secret@container/prefix",
            "https://a.example/b",
            "file:///nowhere/at/all",
        ] {
            let error = Objects::open(address).expect_err(address).to_string();
            assert!(!error.contains("secret"), "{error}");
        }
        let error = Objects::open("gcs://bucket/prefix").expect_err("another scheme").to_string();
        let expected =
            "expected --objects s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX or file:///FOLDER";
        assert!(error.starts_with(expected) && error.ends_with("got \"gcs://bucket/prefix\""), "{error}");
    }
}
