//! From a cutout to the body of a search by numbers: the steps of the server (`pipeline/recognise.rs`) on the visitor's device.
//! In: the cutout's and its regions' PNG files. Out: a [`NumbersSearch`].

use stl_types::manifest::NetworkSpec;
use stl_types::wire::{NumbersArticle, NumbersGarment, NumbersSearch, Packed, SeenGarment};
use stl_types::{Garment, Rect};
use stl_vision::{InputError, content_part, keep_garment, network_input};

use crate::engine::{Engine, EngineError};
use crate::picture::{Picture, PictureError, read_classes};

/// An encoder, ready to run.
#[derive(Debug)]
pub struct Encoder {
    engine: Engine,
    spec: NetworkSpec,
}

/// Why there are no numbers.
#[derive(Debug, thiserror::Error)]
pub enum NumbersError {
    /// The network cannot be loaded or run.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// FashionDNA is needed, and was not given.
    #[error("a garment alone needs FashionDNA: expected `addArticle` first")]
    NoArticle,
    /// The cutout or its regions cannot be read.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// All pixels of the cutout are white.
    #[error("the cut-out is entirely white: expected a person or a garment")]
    Blank,
    /// The cutout cannot become the network's input.
    #[error(transparent)]
    Input(#[from] InputError),
}

impl Encoder {
    /// Reads an ONNX file as its manifest entry describes it.
    ///
    /// # Errors
    /// When the file has an operator that `separable` does not know, or other shapes than its entry.
    pub fn new(onnx: &[u8], spec: NetworkSpec) -> Result<Self, NumbersError> {
        Ok(Self { engine: Engine::graph(onnx, &spec)?, spec })
    }

    /// The same by tract, which knows more operators.
    ///
    /// # Errors
    /// When the file has an operator that is not known, or other shapes than its entry.
    #[cfg(feature = "tract")]
    pub fn by_tract(onnx: &[u8], spec: NetworkSpec) -> Result<Self, NumbersError> {
        Ok(Self { engine: Engine::tract(onnx, &spec)?, spec })
    }

    /// Runs the network on a grey picture.
    ///
    /// # Errors
    /// When the network fails.
    pub fn run_once(&self) -> Result<(), NumbersError> {
        Ok(self.engine.run(&vec![0.0; self.spec.input.iter().product()]).map(drop)?)
    }

    /// The embeddings of pictures, each row-major: in one batch.
    fn encode(&self, pictures: &[Picture]) -> Result<Vec<Vec<f32>>, NumbersError> {
        let mut inputs = Vec::new();
        for picture in pictures {
            inputs.extend(network_input(picture.pixels()?, &self.spec)?.0);
        }
        let outputs = self.engine.run(&inputs)?;
        if outputs.iter().any(|value| !value.is_finite()) {
            return Err(EngineError::Run("an embedding is not finite".to_owned()).into());
        }
        Ok(outputs.chunks_exact(outputs.len() / pictures.len().max(1)).map(<[f32]>::to_vec).collect())
    }

    /// What the network sees of a cutout; `None` if all of it is white.
    fn content(&self, cutout: &Picture) -> Result<Option<Picture>, NumbersError> {
        Ok(content_part(cutout.pixels()?, &self.spec).map(|part| cutout.part(part)).transpose()?)
    }
}

/// The numbers of a person and the garments worn. `regions` are the classes of the cutout's pixels.
///
/// # Errors
/// When a file cannot be read, the cutout is white, or the network fails.
pub fn of_person(query: &Encoder, cutout: &[u8], regions: &[u8]) -> Result<NumbersSearch, NumbersError> {
    let cutout = Picture::read(cutout)?;
    let mut inputs = vec![query.content(&cutout)?.ok_or(NumbersError::Blank)?];
    let mut garments = Vec::new();
    for Garment { layer, region, share, votes } in read_classes(regions)?.garments() {
        let Some(region) = region.at_size(cutout.size()) else { continue };
        let alone = cutout.changed(|size, pixels| keep_garment(size, pixels, region.as_slice()));
        // A white garment on white has no content of its own.
        let content = query.content(&alone)?;
        let Rect { left, top, width, height } = region.bounds();
        let (share, outerwear) = (share as f32, votes.is_outerwear());
        let seen = SeenGarment { left, top, width, height, share, layer, outerwear };
        garments.push((NumbersGarment { seen, votes: *votes.as_array(), embedding: None }, content.is_some()));
        inputs.extend(content);
    }
    let mut embeddings = query.encode(&inputs)?.into_iter();
    let whole = Packed::of(&embeddings.next().unwrap_or_default());
    let garments = garments.into_iter().map(|(garment, is_encoded)| {
        let embedding = if is_encoded { embeddings.next() } else { None };
        NumbersGarment { embedding: embedding.as_deref().map(Packed::of), ..garment }
    });
    Ok(NumbersSearch { garments: garments.collect(), ..search(query, &cutout, whole) })
}

/// The numbers of a garment that nobody wears.
///
/// # Errors
/// As for [`of_person`].
pub fn of_garment(query: &Encoder, article: &Encoder, cutout: &[u8]) -> Result<NumbersSearch, NumbersError> {
    let cutout = Picture::read(cutout)?;
    // FashionDNA sees it close up, too, as shops show a garment.
    let place = content_part(cutout.pixels()?, &query.spec).ok_or(NumbersError::Blank)?;
    let content = [cutout.part(place)?];
    let packed = |embeddings: Vec<Vec<f32>>| Packed::of(&embeddings.concat());
    let (feature, network) = (packed(article.encode(&content)?), article.spec.sha256.clone());
    let Rect { left, top, width, height } = place;
    let article = Some(NumbersArticle { network, left, top, width, height, feature });
    Ok(NumbersSearch { article, ..search(query, &cutout, packed(query.encode(&content)?)) })
}

fn search(query: &Encoder, cutout: &Picture, whole: Packed) -> NumbersSearch {
    let (network, size) = (query.spec.sha256.clone(), cutout.size());
    NumbersSearch { network, width: size.width, height: size.height, whole, garments: Vec::new(), article: None }
}
