//! What cannot be used is said in a sentence, and nothing is changed.

use stl_cluster::postgres::PASSWORD;

use super::machines::{Machines, assert_silent};

#[test]
fn what_cannot_be_used_is_said_in_a_sentence_and_changes_nothing() {
    let Some(machines) = Machines::start() else { return };
    machines.fill();
    std::fs::write(machines.at("change.jsonl"), r#"{"id": "skirts-a", "price": "1 EUR"}"#).expect("written");
    let good = machines.postgres.address();
    let state =
        || machines.postgres.sql("SELECT change, layout, migrations FROM shop_the_look.record").expect("a record");
    let before = state();
    let refused = |address: &str, objects: &str, expected: &str| {
        for words in [
            &["catalogue", "update", "change.jsonl", "--cache", "new"][..],
            &["serve", "--port", "0", "--cache", "new"],
        ] {
            let mut command = machines.program(words);
            command.env("SHOP_THE_LOOK_CATALOGUE", address).env("SHOP_THE_LOOK_OBJECTS", objects);
            if expected.contains("cannot be listed") {
                command.env("AWS_SECRET_ACCESS_KEY", "another");
            }
            let output = command.output().expect("run");
            assert_silent(&output);
            let reason = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{reason}");
            let sentences = reason.lines().filter(|line| line.starts_with("shop-the-look: ")).count();
            assert!(reason.contains(expected) && sentences == 1, "{expected}: {reason}");
        }
    };
    let objects = machines.storage.address();
    let (port_of, _) = good.rsplit_once('/').expect("an address");
    let (_, port) = port_of.rsplit_once(':').expect("a port");
    refused(&good.replace(port, "1"), &objects, "cannot be reached");
    refused(&good.replace(PASSWORD, "another"), &objects, "refused: password authentication failed");
    refused(&good.replace("/fashion", "/nothing"), &objects, "refused: database \"nothing\" does not exist");
    refused("postgres://127.0.0.1", &objects, "it has no database");
    refused(&good, &objects, "cannot be listed: expected credentials that may do this, got SignatureDoesNotMatch");
    refused(&good, "https://objects.example", "expected --objects");

    let sql = |statement: &str| machines.postgres.sql(statement).expect("done");
    sql("UPDATE shop_the_look.record SET migrations = 999");
    refused(&good, &objects, "got 1.999");
    sql(&format!("UPDATE shop_the_look.record SET migrations = {}", before.rsplit('|').next().expect("a number")));
    sql("ALTER TABLE shop_the_look.products RENAME COLUMN title TO titel");
    refused(&good, &objects, "expected the column products.title of type text, got none");
    sql("ALTER TABLE shop_the_look.products RENAME COLUMN titel TO title");
    assert_eq!(state(), before);
    machines.catalogue(&["verify", "--cache", "reader"]);
}
