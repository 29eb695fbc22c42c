//! A match that was adapted, in a catalogue that several servers share.

use std::path::Path;

use stl_server::catalogue::Store;
use stl_server::catalogue::store::StoredAdaptation;
use stl_types::Manifest;

use super::machines::{Machines, assert_silent, get_version};
use crate::support::models;

#[test]
fn going_back_to_the_shipped_match_is_served_by_all() {
    let Some(machines) = Machines::start() else { return };
    machines.catalogue(&["import", "feed", "--catalogue", "folder"]);
    // The shipped weights, as if they had been learnt.
    let networks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let manifest = std::fs::read_to_string(networks.join("manifest.toml")).expect("a manifest");
    let matching = Manifest::parse(&manifest).expect("networks").fashion2shop.matching.file;
    let adaptation = StoredAdaptation {
        version: 0,
        networks_sha256: models().networks_sha256(),
        weights: std::fs::read(networks.join(matching)).expect("weights"),
        report: "{}".to_owned(),
    };
    let published = Store::open(&machines.at("folder")).and_then(|mut store| store.publish_adaptation(&adaptation));
    assert_eq!(published.expect("published"), 2);
    let address = machines.postgres.address();
    machines.catalogue(&["copy", "folder", &address]);

    let servers = ["one", "two"].map(|cache| machines.serve(cache));
    let output = machines.program(&["adapt", "--undo", "--cache", "commands"]).output().expect("run");
    assert_silent(&output);
    let says = String::from_utf8(output.stdout).expect("text");
    assert_eq!(says, "the shipped match serves from version 3 on\n", "{}", String::from_utf8_lossy(&output.stderr));
    for server in &servers {
        let path = "/api/v1/products/skirts-a/similar";
        server.wait_until(|| {
            let answer = get_version(&format!("{}{path}", server.origin));
            answer.is_some_and(|(status, version, _)| status == 200 && version == "3")
        });
    }
    let again = machines.program(&["adapt", "--undo", "--cache", "commands"]).output().expect("run");
    assert_eq!(again.status.code(), Some(2), "{}", String::from_utf8_lossy(&again.stderr));
}
