//! Memory of the system's: files seen as bytes, and large zeroed blocks. In: a path, or a size. Out: bytes.

use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::{Advice, Mmap, MmapMut, MmapOptions};

use super::LINE;

/// A file's content as bytes, read from the disk where it is looked at and kept by the system as long as memory allows.
#[derive(Debug)]
pub struct MappedFile(Mmap);

impl MappedFile {
    /// Maps a file that nobody shortens while it is mapped: this program's files are written under a name of their own,
    /// never changed afterwards, and only ever removed, which leaves their content to those who have it mapped.
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

    /// Tells the system that single places are looked at, not one after the other. A hint: a system that refuses it is
    /// slower, not wrong.
    pub fn will_be_read_here_and_there(&self) {
        #[cfg(unix)]
        let _ = self.0.advise(Advice::Random);
    }
}

/// Zeroed bytes that begin at a cache line, in large pages where the system has them: a pass over gigabytes then asks
/// for the place of a page five hundred times less often.
#[derive(Debug)]
pub struct Lines(MmapMut);

impl Lines {
    /// `size_bytes` zeros, at least one line.
    ///
    /// # Errors
    /// When the system has no memory left.
    pub fn zeroed(size_bytes: usize) -> io::Result<Self> {
        let map = MmapOptions::new().len(size_bytes.max(LINE)).map_anon()?;
        #[cfg(target_os = "linux")]
        let _ = map.advise(Advice::HugePage);
        Ok(Self(map))
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, to be written.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.0
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
        map.will_be_read_here_and_there();
        std::fs::remove_file(&path).expect("removed");
        assert_eq!(map.bytes(), b"abc");
        assert!(MappedFile::open(&path).is_err());
    }

    #[test]
    fn lines_are_zero_and_aligned() {
        let mut lines = Lines::zeroed(1000).expect("memory");
        assert!(lines.bytes().iter().all(|&byte| byte == 0));
        assert!(lines.bytes().as_ptr().addr().is_multiple_of(LINE));
        lines.bytes_mut()[999] = 7;
        assert_eq!(lines.bytes()[999], 7);
        assert!(!Lines::zeroed(0).expect("memory").bytes().is_empty());
    }
}
