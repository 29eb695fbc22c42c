//! What runs the segmenter and the encoders in the browser. In: a network's file and its manifest entry. Out: a [`Choice`], or the encoders'
//! engine.
//!
//! `separable` is several times faster and smaller, but knows few operators. tract knows those of ONNX.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::ValueEnum;
use stl_types::manifest::NetworkSpec;
use stl_types::wire::NetworkEngine;

use crate::project::Profile;
use crate::shell::run;
use crate::{fingerprint, native};

/// What shall run a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wanted {
    /// `separable` if it knows the network, else tract
    #[default]
    Auto,
    /// `separable`; a network that it does not know is an error
    Separable,
    /// tract
    Tract,
}

/// What runs the segmenter, and what it reads.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) engine: NetworkEngine,
    /// The packed network, or the ONNX file as it is.
    pub(super) file: Vec<u8>,
}

impl Wanted {
    /// The name on the command line.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Separable => "separable",
            Self::Tract => "tract",
        }
    }
}

/// Chooses what runs the segmenter, and says so if it is not `separable`.
///
/// # Errors
/// When the file is not the manifest's, its shapes are not the manifest's, or the engine cannot run it.
pub(super) fn choose(wanted: Wanted, models: &Path, network: &NetworkSpec, profile: Profile) -> Result<Choice> {
    let onnx = read_network(models, network)?;
    match packed(wanted, &onnx, network)? {
        Ok(file) => Ok(Choice { engine: NetworkEngine::Separable, file }),
        Err(reason) => {
            eprintln!("▸ tract runs the segmenter {} in browsers: {reason}", network.file);
            check_by_program(models, profile)?;
            Ok(Choice { engine: NetworkEngine::Tract, file: onnx })
        }
    }
}

/// Chooses what runs the encoders, which share a worker, and says so if it is not `separable`. `models` is their folder.
///
/// # Errors
/// As for [`choose`].
pub(super) fn choose_for_encoders(
    wanted: Wanted,
    models: &Path,
    networks: [&NetworkSpec; 2],
    profile: Profile,
) -> Result<NetworkEngine> {
    for network in networks {
        if let Err(reason) = known(wanted, &read_network(models, network)?, network)? {
            eprintln!("▸ tract runs the encoder {} in browsers: {reason}", network.file);
            check_by_program(models, profile)?;
            return Ok(NetworkEngine::Tract);
        }
    }
    Ok(NetworkEngine::Separable)
}

/// Nothing if `separable` can run an encoder, or the reason why tract shall.
fn known(wanted: Wanted, onnx: &[u8], network: &NetworkSpec) -> Result<Result<(), String>> {
    if wanted == Wanted::Tract {
        return Ok(Err("it was asked to".to_owned()));
    }
    let graph = match separable::graph::Graph::from_onnx(onnx) {
        Ok(graph) => graph,
        Err(separable::PackError::Syntax(reason)) => bail!("{} is no ONNX file: {reason}", network.file),
        Err(reason) if wanted == Wanted::Separable => bail!("separable cannot run {}: {reason}", network.file),
        Err(reason) => return Ok(Err(format!("separable cannot run it ({reason})"))),
    };
    expect_fit(network, &graph.input(), graph.output())?;
    Ok(Ok(()))
}

/// Compares a network's shapes with its manifest entry.
fn expect_fit(network: &NetworkSpec, input: &[usize], output: &[usize]) -> Result<()> {
    network.fits(input, output).map_err(|error| anyhow!("{} does not fit the manifest: {error}", network.file))
}

/// The network as `separable` reads it, or the reason why tract shall run it.
fn packed(wanted: Wanted, onnx: &[u8], network: &NetworkSpec) -> Result<Result<Vec<u8>, String>> {
    if wanted == Wanted::Tract {
        return Ok(Err("it was asked to".to_owned()));
    }
    let packed = match separable::pack(onnx) {
        Ok(packed) => packed,
        Err(separable::PackError::Syntax(reason)) => bail!("{} is no ONNX file: {reason}", network.file),
        Err(reason) if wanted == Wanted::Separable => bail!("separable cannot pack {}: {reason}", network.file),
        Err(reason) => return Ok(Err(format!("separable cannot pack it ({reason})"))),
    };
    expect_fit(network, &packed.input(), &packed.output())?;
    Ok(Ok(packed.write()))
}

/// The bytes of a network's file, which must be those that the manifest describes.
///
/// # Errors
/// When it cannot be read or has another hash.
pub(super) fn read_network(models: &Path, network: &NetworkSpec) -> Result<Vec<u8>> {
    let path = models.join(&network.file);
    let bytes = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let (expected, received) = (&network.sha256, fingerprint::whole(&bytes));
    ensure!(
        *expected == received,
        "{} is not the manifest's: expected SHA-256 {expected}, got {received}",
        path.display()
    );
    Ok(bytes)
}

/// Loads and runs the networks as the server does: the program contains tract. Uses the last build; builds it if there is none.
fn check_by_program(models: &Path, profile: Profile) -> Result<()> {
    let program = native::folder(profile).join("shop-the-look");
    if !program.is_file() {
        native::build(profile, &native::SERVED)?;
    }
    run(Command::new(program).arg("networks").arg("--models").arg(models)).context("the networks cannot be used")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::root;

    fn shipped() -> (Vec<u8>, NetworkSpec) {
        let models = root().join("models");
        let manifest = fs::read_to_string(models.join("manifest.toml")).expect("a manifest");
        let network = stl_types::Manifest::parse(&manifest).expect("a manifest").street2fashion;
        (read_network(&models, &network).expect("the network"), network)
    }

    /// A segmenter with operators that `separable` does not know; see `tests/fixtures/networks/foreign.py`.
    fn foreign() -> Vec<u8> {
        fs::read(root().join("tests/fixtures/networks/foreign.onnx")).expect("the fixture")
    }

    #[test]
    fn the_shipped_network_is_packed_unless_tract_is_wanted() {
        let (onnx, network) = shipped();
        for wanted in [Wanted::Auto, Wanted::Separable] {
            let file = packed(wanted, &onnx, &network).expect("it fits").expect("it is packed");
            assert!(file.starts_with(b"SEPARABL"));
        }
        assert_eq!(packed(Wanted::Tract, &onnx, &network).expect("it fits"), Err("it was asked to".to_owned()));
    }

    #[test]
    fn what_separable_does_not_know_is_for_tract_and_the_reason_is_named() {
        let (_, network) = shipped();
        let reason = packed(Wanted::Auto, &foreign(), &network).expect("no error").expect_err("it is not packed");
        assert!(reason.starts_with("separable cannot pack it ("), "{reason}");
        let refusal = packed(Wanted::Separable, &foreign(), &network).expect_err("a refusal").to_string();
        assert!(refusal.contains("separable cannot pack street2fashion.onnx: "), "{refusal}");
    }

    #[test]
    fn shipped_encoders_are_run_by_separable_and_others_by_tract() {
        let models = root().join("models");
        let manifest = fs::read_to_string(models.join("manifest.toml")).expect("a manifest");
        let manifest = stl_types::Manifest::parse(&manifest).expect("a manifest");
        let networks = [&manifest.fashion2shop.query, &manifest.fashion_dna];
        let chosen = choose_for_encoders(Wanted::Auto, &models, networks, Profile::Quick).expect("shipped networks");
        assert_eq!(chosen, NetworkEngine::Separable);
        let reason = known(Wanted::Auto, &foreign(), networks[0]).expect("no error").expect_err("other operators");
        assert!(reason.starts_with("separable cannot run it ("), "{reason}");
        let refusal = known(Wanted::Separable, &foreign(), networks[0]).expect_err("a refusal").to_string();
        assert!(refusal.contains("separable cannot run fashion2shop-query.onnx: "), "{refusal}");
        let onnx = read_network(&models, networks[0]).expect("the network");
        let refusal = known(Wanted::Auto, &onnx, networks[1]).expect_err("another shape").to_string();
        assert!(
            refusal.contains("expected a network [3, 160, 128] → [128], got [3, 192, 128] → [8, 128]"),
            "{refusal}"
        );
    }

    #[test]
    fn another_shape_and_what_is_no_network_are_refused() {
        let (onnx, network) = shipped();
        let other = NetworkSpec { input: [1, 3, 288, 256], output: vec![1, 17, 144, 128], ..network.clone() };
        let refusal = packed(Wanted::Auto, &onnx, &other).expect_err("another shape").to_string();
        let expected = "expected a network [3, 288, 256] → [17, 144, 128], got [3, 288, 192] → [17, 144, 96]";
        assert!(refusal.contains(expected), "{refusal}");
        let refusal = packed(Wanted::Auto, &onnx[..1000], &network).expect_err("half a file").to_string();
        assert!(refusal.contains("street2fashion.onnx is no ONNX file"), "{refusal}");
    }

    #[test]
    fn a_file_that_is_not_the_manifests_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut onnx, network) = shipped();
        onnx[1000] ^= 1;
        fs::write(folder.path().join(&network.file), onnx).expect("a file");
        let refusal = read_network(folder.path(), &network).expect_err("another file").to_string();
        assert!(refusal.contains(&format!("expected SHA-256 {}, got ", network.sha256)), "{refusal}");
    }
}
