//! The program that builds images and runs containers. In: where it keeps images. Out: images, what they say of themselves, and their files.
//! Each command ends within a time of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::shell::{bounded, on_path, run};

/// podman first: it builds without a service, and runs what it has built.
const PROGRAMS: [&str; 3] = ["podman", "docker", "buildah"];

/// Seconds in which a program says whether it works here. A service that is away says so at once.
const ANSWER_S: u32 = 20;
/// Seconds for a command that reads or removes what is stored.
const STORED_S: u32 = 120;
/// Seconds for a build: it copies some 200 MB a few times, on a disk that others use.
const BUILD_S: u32 = 900;

/// A program, and where it keeps images.
pub(super) struct Engine {
    program: &'static str,
    /// Its options for images apart from all others.
    storage: Vec<String>,
}

/// Where an image is mounted.
pub(super) struct Mounted<'a> {
    engine: &'a Engine,
    /// What has to be given back: a container of buildah, or an image of podman.
    of: String,
    pub(super) folder: PathBuf,
}

impl Engine {
    /// The first program that works here. With a folder its images are there alone, but for docker's, whose service keeps them.
    pub(super) fn find(storage: Option<&Path>) -> Option<Self> {
        let of = |program: &'static str| {
            let place = |name: &str| storage.map(|folder| folder.join(name).to_string_lossy().into_owned());
            let storage = match (program, place("root"), place("run")) {
                ("podman" | "buildah", Some(root), Some(run)) => vec!["--root".into(), root, "--runroot".into(), run],
                _ => Vec::new(),
            };
            Self { program, storage }
        };
        PROGRAMS.into_iter().filter(|program| on_path(program).is_some()).map(of).find(Self::answers)
    }

    fn answers(&self) -> bool {
        // docker's `info` speaks of the client alone where the service is away.
        let question = if self.program == "docker" { "version" } else { "info" };
        self.command(ANSWER_S).arg(question).output().is_ok_and(|output| output.status.success())
    }

    /// The program and its options, as words of a command line.
    pub(super) fn words(&self) -> Vec<String> {
        std::iter::once(self.program.to_owned()).chain(self.storage.iter().cloned()).collect()
    }

    /// How it calls an image that was made here.
    pub(super) fn local(&self, name: &str) -> String {
        if self.program == "docker" { name.to_owned() } else { format!("localhost/{name}") }
    }

    /// Fetches an image of a registry within `seconds`.
    ///
    /// # Errors
    /// When the registry does not deliver it.
    pub(super) fn pull(&self, image: &str, seconds: u32) -> Result<()> {
        run(self.command(seconds).args(["pull", image]))
    }

    /// Builds an image. `arguments` are those of the file.
    ///
    /// # Errors
    /// When a step of the file fails.
    pub(super) fn build(&self, file: &Path, context: &Path, arguments: &[String], image: &str) -> Result<()> {
        let mut command = self.command(BUILD_S);
        command.arg("build");
        if self.program != "docker" {
            // OCI's format has no health checks. In a chroot the steps run where containers cannot be started, too.
            command.args(["--format", "docker", "--isolation", "chroot", "--layers=false"]);
        }
        for argument in arguments {
            command.args(["--build-arg", argument]);
        }
        run(command.arg("--file").arg(file).args(["--tag", image]).arg(context))
    }

    /// What an image says of itself, by docker's names: `User`, `Entrypoint`, `Healthcheck` and so on.
    ///
    /// # Errors
    /// When there is no such image.
    pub(super) fn settings(&self, image: &str) -> Result<Value> {
        let question: &[&str] =
            if self.program == "buildah" { &["inspect", "--type", "image"] } else { &["image", "inspect"] };
        let output = self.output(self.command(STORED_S).args(question).arg(image))?;
        settings(&serde_json::from_str(&output).with_context(|| format!("{image} is not described in JSON"))?)
            .with_context(|| format!("{} does not say what {image} runs", self.program))
    }

    /// Starts a container of an image that says its version, with a root that may only be read.
    ///
    /// # Errors
    /// When no container can be started here; with the reason.
    pub(super) fn try_to_run(&self, image: &str) -> Result<()> {
        if self.program == "buildah" {
            bail!("buildah starts none with a root that may only be read");
        }
        // Without systemd podman starts no container that it would have to check.
        let options = ["--rm", "--pull", "never", "--no-healthcheck", "--read-only", "--network", "none"];
        self.output(self.command(STORED_S).arg("run").args(options).args([image, "--version"])).map(|_| ())
    }

    /// Whether it can mount the files of an image: docker's service does not.
    pub(super) fn can_mount(&self) -> bool {
        self.program != "docker"
    }

    /// Mounts the files of an image until the value is dropped.
    ///
    /// # Errors
    /// When it cannot be mounted.
    pub(super) fn mount(&self, image: &str) -> Result<Mounted<'_>> {
        let (of, folder) = match self.program {
            "podman" => (image.to_owned(), self.output(self.command(STORED_S).args(["image", "mount", image]))?),
            "buildah" => {
                let container = self.output(self.command(STORED_S).args(["from", image]))?.trim().to_owned();
                let folder = self.output(self.command(STORED_S).args(["mount", &container]))?;
                (container, folder)
            }
            other => bail!("{other} mounts no image"),
        };
        Ok(Mounted { engine: self, of, folder: folder.trim().into() })
    }

    /// Removes an image; where images are apart from all others, all of them.
    pub(super) fn remove(&self, image: &str) {
        let which = if self.storage.is_empty() { image } else { "--all" };
        self.output(self.command(STORED_S).args(["rmi", "--force", which])).ok();
    }

    fn command(&self, seconds: u32) -> Command {
        let mut command = bounded(seconds, self.program);
        command.args(&self.storage);
        command
    }

    /// The output of a command; its error has what the program says.
    fn output(&self, command: &mut Command) -> Result<String> {
        let Output { status, stdout, stderr } =
            command.output().with_context(|| format!("{} cannot be started", self.program))?;
        if !status.success() {
            bail!("{} ended with {status}: {}", self.program, String::from_utf8_lossy(&stderr).trim());
        }
        Ok(String::from_utf8_lossy(&stdout).into_owned())
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        let command: &[&str] = if self.engine.program == "podman" { &["image", "umount"] } else { &["rm"] };
        self.engine.output(self.engine.command(STORED_S).args(command).arg(&self.of)).ok();
    }
}

/// Of what podman, docker or buildah says of an image the part that all have.
fn settings(said: &Value) -> Option<Value> {
    let image = said.get(0).unwrap_or(said);
    let mut settings =
        image.get("Config").filter(|config| config.is_object()).or(image.pointer("/Docker/config"))?.clone();
    // podman has it beside the others.
    if let (Some(check), None) = (image.get("Healthcheck"), settings.get("Healthcheck")) {
        settings["Healthcheck"] = check.clone();
    }
    Some(settings)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_program_says_the_same_of_an_image() {
        let check = json!({ "Test": ["CMD", "true"] });
        let expected = json!({ "User": "10001:10001", "Healthcheck": check });
        let podman = json!([{ "Id": "1", "Config": { "User": "10001:10001" }, "Healthcheck": check }]);
        let docker = json!([{ "Id": "1", "Config": expected }]);
        // buildah's own `Config` is a text.
        let buildah = json!({ "Config": "{}", "Docker": { "config": expected } });
        for said in [podman, docker, buildah] {
            assert_eq!(settings(&said), Some(expected.clone()), "{said}");
        }
        assert_eq!(settings(&json!([])), None);
    }
}
