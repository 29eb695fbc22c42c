//! The networks' files. In: the folder with `manifest.toml`. Out: checked and loaded networks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use stl_types::manifest::{ManifestError, NetworkSpec};
use stl_types::{Category, Manifest};
use stl_vision::{NetworkError, SegmentError, Segmenter};

use crate::digest::{Digest, DigestError};
use crate::matching::{Device, GpuError, MatchWeights, WeightsError};
use crate::networks::category_head::CategoryHead;
use crate::networks::encode::{FashionDna, QueryEncoder};
use crate::networks::garment_head::GarmentHead;
use crate::networks::gpu::GpuRuntime;
use crate::networks::head::HeadError;
use crate::networks::runtime::Runtime;

/// A folder of networks, with its manifest.
#[derive(Clone, Debug)]
pub struct Models {
    folder: PathBuf,
    manifest: Manifest,
    fashion_dna_sha256: Digest,
    runtime: Runtime,
}

/// Why networks cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// A file cannot be read.
    #[error("the model file {} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The manifest is refused.
    #[error("{} is not usable", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// Its defect.
        #[source]
        source: ManifestError,
    },
    /// A file has another size than its manifest says.
    #[error("the model file {} is not the manifest's: expected {expected} bytes, got {received}", path.display())]
    Size {
        /// The file.
        path: PathBuf,
        /// The manifest's size.
        expected: u64,
        /// The file's size.
        received: u64,
    },
    /// A file has another content than its manifest says.
    #[error("the model file {} is not the manifest's: expected SHA-256 {expected}, got {received}", path.display())]
    Hash {
        /// The file.
        path: PathBuf,
        /// The manifest's hash.
        expected: Digest,
        /// The file's hash.
        received: Digest,
    },
    /// The manifest names a file without a valid SHA-256.
    #[error("the model file {} has no valid hash in the manifest", path.display())]
    Digest {
        /// The file.
        path: PathBuf,
        /// What the manifest has instead.
        #[source]
        source: DigestError,
    },
    /// An ONNX network cannot be loaded.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The segmenter cannot be loaded.
    #[error(transparent)]
    Segmenter(#[from] SegmentError),
    /// The match's weights are refused.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The weights of a head are refused.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The requested graphics processor cannot be used.
    #[error(transparent)]
    Gpu(#[from] GpuError),
}

impl Models {
    /// Reads a folder's manifest; the networks' files are read when they are needed.
    ///
    /// # Errors
    /// When the manifest cannot be read or is not supported.
    pub fn open(folder: &Path) -> Result<Self, ModelsError> {
        let path = folder.join("manifest.toml");
        let text = std::fs::read_to_string(&path).map_err(|source| ModelsError::Read { path: path.clone(), source })?;
        let manifest = Manifest::parse(&text).map_err(|source| ModelsError::Manifest { path, source })?;
        let NetworkSpec { file, sha256, .. } = &manifest.fashion_dna;
        let fashion_dna_sha256 = digest(&folder.join(file), sha256)?;
        Ok(Self { folder: folder.to_owned(), manifest, fashion_dna_sha256, runtime: Runtime::default() })
    }

    /// The same networks, with another runtime for the encoders.
    #[must_use]
    pub fn with_runtime(self, runtime: Runtime) -> Self {
        Self { runtime, ..self }
    }

    /// The same networks, with the encoders on a device. Another runtime than `separable` stays: it chooses for itself.
    ///
    /// # Errors
    /// When a graphics processor was requested and cannot be used.
    pub fn on_device(self, device: Device) -> Result<Self, ModelsError> {
        Ok(match (&self.runtime, device) {
            (Runtime::Separable, Device::Auto | Device::Gpu(_)) => match GpuRuntime::open(device)? {
                Some(gpu) => self.with_runtime(Runtime::Gpu(gpu)),
                None => self,
            },
            _ => self,
        })
    }

    /// Street2Fashion.
    ///
    /// # Errors
    /// When its file is not the manifest's, or the runtime cannot load it.
    pub fn segmenter(&self) -> Result<Segmenter, ModelsError> {
        let spec = &self.manifest.street2fashion;
        Ok(Segmenter::from_onnx(&self.network(spec)?, spec)?)
    }

    /// FashionDNA.
    ///
    /// # Errors
    /// When its file is not the manifest's, or the runtime cannot load it.
    pub fn fashion_dna(&self) -> Result<FashionDna, ModelsError> {
        let spec = &self.manifest.fashion_dna;
        Ok(FashionDna::load(&self.network(spec)?, spec, &self.runtime)?)
    }

    /// The SHA-256 of FashionDNA's file, which identifies the network. Features of two networks are not comparable.
    #[must_use]
    pub const fn fashion_dna_sha256(&self) -> Digest {
        self.fashion_dna_sha256
    }

    /// Identifies what an adapted match fits: both encoders and the match that it started from.
    #[must_use]
    pub fn networks_sha256(&self) -> Digest {
        let shop = &self.manifest.fashion2shop;
        Digest::of([&*self.manifest.fashion_dna.sha256, &shop.query.sha256, &shop.matching.sha256].join(" ").as_bytes())
    }

    /// The SHA-256 of the segmenter's file, as the manifest writes it.
    #[must_use]
    pub fn segmenter_sha256(&self) -> &str {
        &self.manifest.street2fashion.sha256
    }

    /// The SHA-256 of the query encoder's file, as the manifest writes it.
    #[must_use]
    pub fn query_sha256(&self) -> &str {
        &self.manifest.fashion2shop.query.sha256
    }

    /// The SHA-256 of each network's file by name, to record what a measurement was made with.
    #[must_use]
    pub fn sha256_by_file(&self) -> BTreeMap<&str, &str> {
        let Manifest { street2fashion, fashion_dna, fashion2shop, categories, terms: _ } = &self.manifest;
        let networks = [street2fashion, fashion_dna, &fashion2shop.query];
        let mut files: BTreeMap<&str, &str> = networks.map(|network| (&*network.file, &*network.sha256)).into();
        files.insert(&fashion2shop.matching.file, &fashion2shop.matching.sha256);
        files.extend(categories.as_ref().map(|head| (&*head.file, &*head.sha256)));
        files.extend(fashion2shop.garments.as_ref().map(|head| (&*head.file, &*head.sha256)));
        files
    }

    /// The length of f(A) and f(I).
    #[must_use]
    pub const fn width(&self) -> usize {
        self.manifest.fashion2shop.matching.width
    }

    /// Fashion2Shop's query encoder.
    ///
    /// # Errors
    /// When its file is not the manifest's, or the runtime cannot load it.
    pub fn query_encoder(&self) -> Result<QueryEncoder, ModelsError> {
        let spec = &self.manifest.fashion2shop.query;
        Ok(QueryEncoder::load(&self.network(spec)?, spec, &self.runtime)?)
    }

    /// Fashion2Shop's match.
    ///
    /// # Errors
    /// When its file is not the manifest's, or contains other tensors.
    pub fn match_weights(&self) -> Result<MatchWeights, ModelsError> {
        let spec = &self.manifest.fashion2shop.matching;
        let file = self.file(&spec.file, spec.bytes, &spec.sha256)?;
        Ok(MatchWeights::from_safetensors(&file, spec.hidden, spec.width)?)
    }

    /// The score below which the best product of a category resembles a garment weakly.
    #[must_use]
    pub const fn weak_below(&self) -> &BTreeMap<Category, f32> {
        &self.manifest.fashion2shop.matching.weak_below
    }

    /// The head that predicts an article's category from its f(A), if the manifest has one.
    ///
    /// # Errors
    /// When its file is not the manifest's, or contains other tensors.
    pub fn category_head(&self) -> Result<Option<CategoryHead>, ModelsError> {
        let Some(spec) = &self.manifest.categories else { return Ok(None) };
        let file = self.file(&spec.file, spec.bytes, &spec.sha256)?;
        Ok(Some(CategoryHead::from_safetensors(&file, spec)?))
    }

    /// The head that predicts what kind of garment a region shows, if the manifest has one.
    ///
    /// # Errors
    /// When its file is not the manifest's, or contains other tensors.
    pub fn garment_head(&self) -> Result<Option<GarmentHead>, ModelsError> {
        let Some(spec) = &self.manifest.fashion2shop.garments else { return Ok(None) };
        let file = self.file(&spec.file, spec.bytes, &spec.sha256)?;
        Ok(Some(GarmentHead::from_safetensors(&file, spec)?))
    }

    /// The same networks without the head of garments: their kinds are the votes of their pixels.
    #[must_use]
    pub fn without_garment_head(mut self) -> Self {
        self.manifest.fashion2shop.garments = None;
        self
    }

    /// What the networks may be used for; empty if the manifest does not say so.
    #[must_use]
    pub fn terms(&self) -> &str {
        &self.manifest.terms
    }

    fn network(&self, spec: &NetworkSpec) -> Result<Vec<u8>, ModelsError> {
        self.file(&spec.file, spec.bytes, &spec.sha256)
    }

    fn file(&self, name: &str, bytes: u64, sha256: &str) -> Result<Vec<u8>, ModelsError> {
        let path = self.folder.join(name);
        let file = std::fs::read(&path).map_err(|source| ModelsError::Read { path: path.clone(), source })?;
        let received = file.len() as u64;
        if received != bytes {
            return Err(ModelsError::Size { path, expected: bytes, received });
        }
        let (expected, received) = (digest(&path, sha256)?, Digest::of(&file));
        if received != expected {
            return Err(ModelsError::Hash { path, expected, received });
        }
        Ok(file)
    }
}

/// The SHA-256 that the manifest has for a file.
fn digest(path: &Path, sha256: &str) -> Result<Digest, ModelsError> {
    sha256.parse().map_err(|source| ModelsError::Digest { path: path.to_owned(), source })
}
