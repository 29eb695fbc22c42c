//! Other networks than the repository's. In: a folder. Out: a copy of them in which some differ, with a manifest that says so.

use std::path::{Path, PathBuf};

use stl_server::digest::Digest;
use stl_server::matching::MatchWeights;
use stl_types::Manifest;

const MANIFEST: &str = "manifest.toml";

/// The repository's networks.
pub(crate) fn own_models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

/// Networks of which FashionDNA differs in one bit of a weight: another network, whose f(A) are nearly the same.
pub(crate) fn write_other_models(folder: &Path) {
    let manifest = copy_models(folder);
    let mut bytes = std::fs::read(folder.join(&manifest.fashion_dna.file)).expect("FashionDNA");
    let middle = bytes.len() / 2 / 4 * 4;
    bytes[middle] ^= 1;
    replace(folder, &manifest.fashion_dna.file, &bytes);
}

/// Networks of which only the match differs: its scores are so many times as high.
pub(crate) fn write_other_match(folder: &Path, times: f32) {
    copy_models(folder);
    scale_match(folder, times);
}

/// Makes the scores of a copy's match so many times as high.
pub(crate) fn scale_match(folder: &Path, times: f32) {
    let spec = manifest(folder).fashion2shop.matching;
    let bytes = std::fs::read(folder.join(&spec.file)).expect("the match");
    let mut weights = MatchWeights::from_safetensors(&bytes, spec.hidden, spec.width).expect("weights");
    weights.w2.iter_mut().for_each(|weight| *weight *= times);
    replace(folder, &spec.file, &weights.to_safetensors().expect("a file"));
}

fn manifest(folder: &Path) -> Manifest {
    Manifest::parse(&std::fs::read_to_string(folder.join(MANIFEST)).expect("a manifest")).expect("a manifest")
}

/// Copies the repository's networks.
fn copy_models(folder: &Path) -> Manifest {
    std::fs::create_dir_all(folder).expect("a folder");
    for entry in std::fs::read_dir(own_models()).expect("the networks").flatten() {
        if entry.file_type().expect("a kind").is_file() {
            std::fs::copy(entry.path(), folder.join(entry.file_name())).expect("copied");
        }
    }
    manifest(folder)
}

/// Writes another file in place of a network's; the manifest then names that one, wherever it named the former.
fn replace(folder: &Path, file: &str, bytes: &[u8]) {
    let path = folder.join(file);
    let former = std::fs::read(&path).expect("a file");
    let manifest = std::fs::read_to_string(folder.join(MANIFEST)).expect("a manifest");
    let manifest = manifest.replace(&Digest::of(&former).to_string(), &Digest::of(bytes).to_string());
    // A file of another size would be refused; another network's size is another number.
    let manifest = manifest.replace(&format!("bytes = {}\n", former.len()), &format!("bytes = {}\n", bytes.len()));
    std::fs::write(&path, bytes).expect("written");
    std::fs::write(folder.join(MANIFEST), manifest).expect("written");
}
