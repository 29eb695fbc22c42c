//! `catalogue copy`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use stl_server::catalogue::Store;

use super::machines::Machines;

/// The bytes of all files below a folder but databases, locks and the audit log, to which the copy adds itself.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(&at).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(folder).expect("inside").display().to_string();
            if path.is_dir() {
                folders.push(path);
            } else if !name.ends_with(".lock") && !name.contains("sqlite") && !name.starts_with("audit.") {
                found.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

/// Everything that a catalogue's database says.
fn content(folder: &Path) -> String {
    let mut store = Store::open(folder).expect("a catalogue");
    let (published, articles) = store.read().expect("articles");
    let came = store.came_s("", articles.iter().map(|article| article.id.as_str())).expect("arrivals");
    let parts = (store.publication().expect("a mark"), store.adaptation().expect("a match"));
    let others = (store.fetched_pictures("").expect("pictures"), store.category_counts("").expect("counts"));
    let kept = (store.jobs().expect("jobs"), store.feeds().expect("feeds"));
    format!("{published:?}\n{articles:#?}\n{came:?}\n{parts:?}\n{others:?}\n{kept:?}")
}

#[test]
fn a_catalogue_that_is_copied_there_and_back_has_lost_nothing() {
    let Some(machines) = Machines::start() else { return };
    machines.catalogue(&["import", "feed", "--catalogue", "folder"]);
    let (folder, back) = (machines.at("folder"), machines.at("back"));
    let change = r#"{"id": "skirts-a", "price": "12.50 EUR", "sale_price": "9.50 EUR", "availability": "preorder"}"#;
    fs::write(machines.at("change.jsonl"), change).expect("written");
    machines.catalogue(&["update", "change.jsonl", "--catalogue", "folder"]);
    fs::create_dir(folder.join("looks")).expect("a folder");
    fs::copy(machines.at("feed/images/skirts.png"), folder.join("looks/one.png")).expect("copied");
    let rules = "[[rule]]\nname = \"red first\"\naction = \"boost\"\nby = 1.0\ncolor = [\"red\"]\n";
    fs::write(folder.join("rules.toml"), rules).expect("written");
    let store = Store::open(&folder).expect("a catalogue");
    store.add_job(&stl_types::wire::ImportJob { imported: 7, ..Default::default() }, 0, 3).expect("a job");
    drop(store);

    let address = machines.postgres.address();
    assert_eq!(machines.catalogue(&["copy", "folder", &address]), "24 products copied\n");
    assert_eq!(machines.catalogue(&["copy", &address, "back"]), "24 products copied\n");
    assert_eq!(files(&folder), files(&back));
    assert_eq!(content(&folder), content(&back));
    assert!(!back.join("cache.lock").exists(), "a folder like any other");
    machines.catalogue(&["verify", "--catalogue", "back"]);

    // What the commands say of the database is what they say of the folder.
    for words in [&["list", "--json"][..], &["stats", "--json"], &["categories", "--json"], &["show", "skirts-a"]] {
        let of_folder = machines.catalogue(&[words, &["--catalogue", "folder"]].concat());
        let of_cluster = machines.catalogue(&[words, &["--cache", "reader"]].concat());
        let [a, b] = [of_folder, of_cluster].map(|text| match serde_json::from_str::<serde_json::Value>(&text) {
            // The folders' sizes differ.
            Ok(serde_json::Value::Object(mut object)) => {
                object.remove("bytes");
                serde_json::Value::Object(object).to_string()
            }
            _ => text,
        });
        assert_eq!(a, b, "{words:?}");
    }
    machines.catalogue(&["export", "of-folder", "--catalogue", "folder"]);
    machines.catalogue(&["export", "of-cluster", "--cache", "reader"]);
    assert_eq!(files(&machines.at("of-folder")), files(&machines.at("of-cluster")));
    machines.catalogue(&["verify", "--cache", "reader"]);

    // Neither place takes a second catalogue.
    for (from, to) in [("folder", address.as_str()), (address.as_str(), "back")] {
        let output = machines.output(&["copy", from, to]);
        let reason = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(1) && reason.contains("holds a catalogue already"), "{reason}");
    }
    assert_eq!(content(&folder), content(&back));
}
