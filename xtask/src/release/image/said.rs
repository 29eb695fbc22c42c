//! What an image says of itself. In: docker's description of it. Out: what runs, as whom and where, or what is not as it should be.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// What each image has to say.
const EXPECTED: [(&str, &str); 6] = [
    ("/User", "\"10001:10001\""),
    ("/Entrypoint", "[\"shop-the-look\"]"),
    ("/Cmd", "[\"serve\"]"),
    ("/StopSignal", "\"SIGTERM\""),
    ("/ExposedPorts", "{\"8080/tcp\":{}}"),
    ("/Volumes", "{\"/var/lib/shop-the-look\":{}}"),
];

/// How an image runs, by name, a text for each word.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said(Vec<(&'static str, Vec<String>)>);

impl Said {
    /// Reads and checks a description.
    ///
    /// # Errors
    /// When it lacks something, or says another thing than expected.
    pub(super) fn checked(settings: &Value) -> Result<Self> {
        for (place, expected) in EXPECTED {
            let expected: Value = serde_json::from_str(expected)?;
            let found = settings.pointer(place).unwrap_or(&Value::Null);
            if *found != expected {
                bail!("{place} of the image: expected {expected}, got {found}");
            }
        }
        let words = |place: &str| -> Result<Vec<String>> {
            let found = settings.pointer(place).with_context(|| format!("the image has no {place}"))?;
            let words = found.as_array().map_or_else(|| vec![found.clone()], Clone::clone);
            let words: Option<Vec<String>> = words.iter().map(|word| word.as_str().map(str::to_owned)).collect();
            words
                .filter(|words| words.iter().all(|word| !word.contains('\n')))
                .with_context(|| format!("{place} of the image: expected words of one line, got {found}"))
        };
        let mut check = words("/Healthcheck/Test")?;
        if check.len() < 2 || check.remove(0) != "CMD" {
            bail!(
                "the image's health check: expected CMD and a command, got {}",
                json!(settings["Healthcheck"]["Test"])
            );
        }
        let volumes = settings["Volumes"].as_object().into_iter().flat_map(|volumes| volumes.keys().cloned());
        Ok(Self(vec![
            ("user", words("/User")?),
            ("entrypoint", words("/Entrypoint")?),
            ("command", words("/Cmd")?),
            ("environment", words("/Env")?),
            ("folder", words("/WorkingDir")?),
            ("signal", words("/StopSignal")?),
            ("volume", volumes.collect()),
            ("check", check),
        ]))
    }

    /// Each name with its words.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(name, words)| (*name, &words[..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Value {
        json!({
            "User": "10001:10001", "Entrypoint": ["shop-the-look"], "Cmd": ["serve"], "StopSignal": "SIGTERM",
            "ExposedPorts": { "8080/tcp": {} }, "Volumes": { "/var/lib/shop-the-look": {} }, "Env": ["A=1", "B=2 3"],
            "WorkingDir": "/var/lib/shop-the-look", "Healthcheck": { "Test": ["CMD", "bash", "-c", "true"] },
        })
    }

    #[test]
    fn an_image_says_what_runs() {
        let said = Said::checked(&good()).expect("good");
        let of = |wanted: &str| {
            let (_, words) = said.lines().find(|(name, _)| *name == wanted).expect(wanted);
            words.join("|")
        };
        assert_eq!(of("environment"), "A=1|B=2 3");
        assert_eq!((of("check"), of("volume")), ("bash|-c|true".to_owned(), "/var/lib/shop-the-look".to_owned()));
    }

    #[test]
    fn what_is_missing_or_another_is_named() {
        for (place, value, expected) in [
            ("User", json!("root"), "/User of the image: expected \"10001:10001\", got \"root\""),
            ("Volumes", Value::Null, "/Volumes of the image: expected {\"/var/lib/shop-the-look\":{}}, got null"),
            (
                "Healthcheck",
                json!({ "Test": ["NONE"] }),
                "the image's health check: expected CMD and a command, got [\"NONE\"]",
            ),
            ("Healthcheck", Value::Null, "the image has no /Healthcheck/Test"),
            ("Env", json!(["A=1\n2"]), "/Env of the image: expected words of one line, got [\"A=1\\n2\"]"),
        ] {
            let mut settings = good();
            settings[place] = value;
            let refusal = Said::checked(&settings).expect_err(place);
            assert_eq!(refusal.to_string(), expected);
        }
    }
}
