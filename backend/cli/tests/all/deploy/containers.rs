//! What `deploy/` has for containers: its parts name each other, and the program's commands, flags, paths and ports as they are.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use stl_types::wire::paths;

use super::{deploy, documents};

/// Where a server listens unless it is told otherwise, which no file here does.
const PORT: u64 = 8080;

/// Numbers as comments write them.
const WORDS: [&str; 6] = ["no", "one", "two", "three", "four", "five"];

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[][..], Vec::as_slice)
}

fn strings(value: &Value) -> Vec<&str> {
    list(value).iter().map(|item| item.as_str().unwrap_or_else(|| panic!("expected a text, got {item}"))).collect()
}

/// The names of an object, or the texts of a list.
fn names(value: &Value) -> BTreeSet<&str> {
    match value {
        Value::Object(fields) => fields.keys().map(String::as_str).collect(),
        other => strings(other).into_iter().collect(),
    }
}

fn read(path: impl AsRef<Path>) -> String {
    let path = deploy().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What the program says of a command that exists.
fn help(command: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_shop-the-look")).args(command).arg("--help").output();
    let output = output.expect("the program runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Checks the command and the flags of a container.
fn check_command(words: &[&str]) {
    let is_name = |word: &&&str| !word.starts_with(['-', '/']);
    let command: Vec<&str> = words.iter().take_while(is_name).copied().collect();
    assert!(!command.is_empty(), "{words:?}");
    let help = help(&command);
    for flag in words.iter().filter(|word| word.starts_with("--")) {
        let flag = flag.split('=').next().unwrap_or_default();
        assert!(help.split([' ', '\n', '[', '=']).any(|word| word == flag), "{words:?}: {flag}");
    }
}

/// Checks that a variable is one of the program, or of object storage.
fn check_variable(name: &str) {
    let (commands, storage) = (read("../docs/cli.md"), read("../docs/scale.md"));
    let is_known =
        if name.starts_with("AWS_") { storage.contains(name) } else { commands.contains(&format!("`{name}`")) };
    assert!(is_known, "{name}");
}

/// A text of a compose file for somebody whose environment names only what has to be named.
fn substituted(text: &str) -> String {
    let mut parts = text.split("${");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (variable, rest) = part.split_once('}').unwrap_or_else(|| panic!("expected `}}` in {text}"));
        whole.push_str(variable.split_once(":-").map_or("named", |(_, default)| default));
        whole.push_str(rest);
    }
    whole
}

#[test]
fn values_of_a_compose_file_are_substituted() {
    assert_eq!(substituted("a://b:${C:?}@d"), "a://b:named@d");
    assert_eq!(substituted("${OBJECTS:-file:///objects}"), "file:///objects");
    assert_eq!(substituted("plain"), "plain");
}

/// The host of an address, and its path.
fn host_and_path(address: &str) -> Option<(&str, &str)> {
    let (_, rest) = address.split_once("://")?;
    let slash = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(slash);
    let host = authority.rsplit('@').next()?;
    Some((host.split(':').next()?, path))
}

#[test]
fn the_services_of_the_compose_file_find_each_other_and_what_they_need() {
    let compose = &documents("compose.yaml")[0];
    let (services, image) = (compose["services"].as_object().expect("services"), read("Containerfile"));
    let (mut used, mut servers, mut workers) = (BTreeSet::new(), 0, 0);
    for (name, service) in services {
        for other in names(&service["depends_on"]) {
            assert!(services.contains_key(other), "{name} depends on {other}");
        }
        let mut targets = Vec::new();
        for mount in strings(&service["volumes"]) {
            let (source, target) = mount.split_once(':').unwrap_or_else(|| panic!("{name}: {mount}"));
            targets.push(target);
            match source.strip_prefix("./") {
                Some(file) => assert!(deploy().join(file).is_file(), "{name}: {source}"),
                None => _ = used.insert(source),
            }
        }
        if service["image"] != compose["x-shop"]["image"] {
            continue;
        }
        let command = strings(&service["command"]);
        check_command(&command);
        match command[0] {
            "serve" => servers += 1,
            "worker" => workers = service["deploy"]["replicas"].as_u64().expect("a number of workers"),
            other => panic!("{name}: {other}"),
        }
        assert_eq!(service["read_only"], true, "{name}");
        for target in &targets {
            assert!(image.contains(target), "{name}: the image has no {target}, so that its user cannot write there");
        }
        for (variable, value) in service["environment"].as_object().expect("variables") {
            check_variable(variable);
            let value = substituted(value.as_str().unwrap_or_default());
            match host_and_path(&value) {
                Some(("", path)) => assert!(targets.contains(&path), "{name}: {variable} leads to no volume: {value}"),
                Some((host, _)) => assert!(services.contains_key(host), "{name}: {variable}: there is no {host}"),
                None => {}
            }
        }
    }
    assert_eq!(used, names(&compose["volumes"]), "volumes are those that are used");
    let workers = usize::try_from(workers).expect("few");
    let said = format!("{} servers and {} workers", WORDS[servers], WORDS[workers]);
    assert!(read("compose.yaml").contains(&said), "{said}");
}

#[test]
fn the_balancer_knows_the_servers_of_the_compose_file() {
    let compose = &documents("compose.yaml")[0];
    let configuration = read("haproxy.cfg");
    let lines = || configuration.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let known: BTreeSet<String> = lines()
        .filter(|words| words.first() == Some(&"server"))
        .map(|words| {
            let (host, port) = words[2].split_once(':').expect("a host and a port");
            assert_eq!(port.parse(), Ok(PORT), "{words:?}");
            host.to_owned()
        })
        .collect();
    let services = compose["services"].as_object().expect("services");
    let serves = |service: &Value| strings(&service["command"]).first() == Some(&"serve");
    let servers: BTreeSet<String> =
        services.iter().filter(|(_, service)| serves(service)).map(|(name, _)| name.clone()).collect();
    assert_eq!(known, servers);
    assert!(help(&["serve"]).contains(&format!("[default: {PORT}]")));
    assert!(lines().any(|words| words == ["option", "httpchk", "GET", paths::READYZ]));
    let bound: Vec<String> =
        lines().filter(|words| words.first() == Some(&"bind")).map(|words| words[1].replace(':', "")).collect();
    for port in strings(&services["balancer"]["ports"]) {
        let inside = port.rsplit(':').next().expect("a port");
        assert!(bound.iter().any(|bound| bound == inside), "{port}: {bound:?}");
    }
}

/// A pod of a manifest, with the name of what makes it.
struct Pod<'a> {
    name: &'a str,
    labels: &'a Value,
    spec: &'a Value,
}

impl Pod<'_> {
    fn ports(&self) -> BTreeSet<u64> {
        let ports = list(&self.spec["containers"]).iter().flat_map(|container| list(&container["ports"]));
        ports.filter_map(|port| port["containerPort"].as_u64()).collect()
    }

    /// Whether a selector chooses it.
    fn is_chosen_by(&self, labels: &Value) -> bool {
        let labels = labels.as_object().expect("labels");
        !labels.is_empty() && labels.iter().all(|(name, value)| self.labels[name] == *value)
    }
}

fn pods(manifests: &[Value]) -> Vec<Pod<'_>> {
    let of = |manifest: &'_ Value| -> Option<_> {
        match manifest["kind"].as_str().expect("a kind") {
            "Deployment" => Some("/spec/template"),
            "CronJob" => Some("/spec/jobTemplate/spec/template"),
            _ => None,
        }
    };
    let with_template = manifests.iter().filter_map(|manifest| Some((manifest, manifest.pointer(of(manifest)?)?)));
    with_template
        .map(|(manifest, template)| Pod {
            name: manifest["metadata"]["name"].as_str().expect("a name"),
            labels: &template["metadata"]["labels"],
            spec: &template["spec"],
        })
        .collect()
}

fn manifests() -> Vec<Value> {
    let files = fs::read_dir(deploy().join("kubernetes")).expect("a folder").flatten();
    let names = files.map(|file| format!("kubernetes/{}", file.file_name().to_string_lossy()));
    names.flat_map(|name| documents(&name)).collect()
}

#[test]
fn containers_of_kubernetes_have_the_programs_commands_paths_and_ports() {
    let manifests = manifests();
    let pods = pods(&manifests);
    assert_eq!(pods.len(), 3);
    let (mut has_probes, mut has_import) = (false, false);
    for pod in &pods {
        let volumes: BTreeSet<&str> =
            list(&pod.spec["volumes"]).iter().map(|volume| volume["name"].as_str().expect("a name")).collect();
        let mut mounted = BTreeSet::new();
        for container in list(&pod.spec["containers"]) {
            let args = strings(&container["args"]);
            check_command(&args);
            has_import |= args.starts_with(&["catalogue", "import"]);
            for variable in list(&container["env"]) {
                check_variable(variable["name"].as_str().expect("a name"));
            }
            mounted.extend(list(&container["volumeMounts"]).iter().filter_map(|mount| mount["name"].as_str()));
            for (probe, path) in
                [("startupProbe", paths::HEALTHZ), ("readinessProbe", paths::READYZ), ("livenessProbe", paths::HEALTHZ)]
            {
                if container[probe].is_null() {
                    continue;
                }
                has_probes = true;
                let asked = &container[probe]["httpGet"];
                assert_eq!(asked["path"], path, "{}: {probe}", pod.name);
                assert_eq!(asked["port"], PORT, "{}: {probe}", pod.name);
            }
            let ports: Vec<u64> =
                list(&container["ports"]).iter().filter_map(|port| port["containerPort"].as_u64()).collect();
            assert_eq!(ports, if args[0] == "serve" { vec![PORT] } else { vec![] }, "{}", pod.name);
        }
        assert_eq!(mounted, volumes, "{}: volumes are those that are mounted", pod.name);
    }
    assert!(has_probes && has_import);
}

#[test]
fn manifests_of_kubernetes_choose_what_there_is() {
    let manifests = manifests();
    let pods = pods(&manifests);
    let chosen = |labels: &Value| -> Vec<&Pod<'_>> {
        let chosen: Vec<_> = pods.iter().filter(|pod| pod.is_chosen_by(labels)).collect();
        assert!(!chosen.is_empty(), "nothing has the labels {labels}");
        chosen
    };
    let deployments: BTreeSet<&str> = manifests
        .iter()
        .filter(|manifest| manifest["kind"] == "Deployment")
        .filter_map(|manifest| manifest["metadata"]["name"].as_str())
        .collect();
    for manifest in &manifests {
        let (kind, spec) = (manifest["kind"].as_str().expect("a kind"), &manifest["spec"]);
        assert!(manifest["apiVersion"].is_string(), "{kind}");
        match kind {
            "Deployment" => {
                let name = manifest["metadata"]["name"].as_str().expect("a name");
                let chosen = chosen(&spec["selector"]["matchLabels"]);
                assert!(chosen.len() == 1 && chosen[0].name == name, "{name}");
            }
            "Service" => {
                let ports = chosen(&spec["selector"])[0].ports();
                for port in list(&spec["ports"]) {
                    assert!(port["targetPort"].as_u64().is_some_and(|port| ports.contains(&port)), "{port}");
                }
            }
            "PodDisruptionBudget" => _ = chosen(&spec["selector"]["matchLabels"]),
            "HorizontalPodAutoscaler" | "ScaledObject" => {
                let target = spec["scaleTargetRef"]["name"].as_str().expect("a target");
                assert!(deployments.contains(target), "{kind}: {target}");
            }
            "CronJob" => {}
            other => panic!("{other} is not checked"),
        }
        for trigger in list(&spec["triggers"]) {
            let of = &trigger["metadata"];
            check_variable(of["connectionFromEnv"].as_str().expect("a variable"));
            let query = of["query"].as_str().expect("a query");
            let table = query.split_whitespace().find(|word| word.starts_with("shop_the_look.")).expect("a table");
            let schema = read("../backend/server/src/cluster/record/schema.sql");
            assert!(schema.contains(&format!("CREATE TABLE {table} (")), "{query}");
        }
    }
}
