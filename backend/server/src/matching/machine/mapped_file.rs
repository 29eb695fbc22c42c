//! Files as bytes. In: a path. Out: the file's content.

use std::fs::File;
use std::io;
use std::path::Path;

#[cfg(unix)]
use memmap2::Advice;
use memmap2::{Mmap, MmapOptions};

/// A file's content as bytes. The system reads it from the disk on first access and keeps it while memory allows.
#[derive(Debug)]
pub struct MappedFile(Mmap);

impl MappedFile {
    /// Maps a file that nobody shortens while it is mapped. This holds for this program's files: each is written under a
    /// name of its own and never changed. It may be removed, which leaves the content to those who have it mapped.
    ///
    /// # Errors
    /// When the file cannot be opened or mapped.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        // SAFETY: the file is not changed while it is mapped, see above.
        let map = unsafe { MmapOptions::new().map(&file)? };
        Ok(Self(map))
    }

    /// The content.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Advises the system that reads will be at random places. A system that refuses the hint is slower, not wrong.
    pub fn advise_random_reads(&self) {
        #[cfg(unix)]
        let _ = self.0.advise(Advice::Random);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapped_file_is_its_content_even_after_its_removal() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("rows");
        std::fs::write(&path, b"abc").expect("written");
        let map = MappedFile::open(&path).expect("mapped");
        map.advise_random_reads();
        std::fs::remove_file(&path).expect("removed");
        assert_eq!(map.bytes(), b"abc");
        assert!(MappedFile::open(&path).is_err());
    }
}
