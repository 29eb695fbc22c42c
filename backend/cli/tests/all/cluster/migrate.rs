//! `catalogue migrate` of a catalogue in PostgreSQL.

use super::machines::Machines;

#[test]
fn a_catalogue_in_a_database_is_migrated_once_and_never_made() {
    let Some(machines) = Machines::start() else { return };
    let refused = machines.output(&["migrate"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("there is no catalogue in"), "{refused:?}");
    let made = machines.postgres.sql("SELECT to_regclass('shop_the_look.record') IS NULL").expect("an answer");
    assert_eq!(made, "t");

    machines.fill();
    let state = || machines.postgres.sql("SELECT change, migrations FROM shop_the_look.record").expect("a record");
    let before = state();
    let said = machines.catalogue(&["migrate"]);
    let (_, version) = before.split_once('|').expect("two columns");
    let expected = format!("has version {version} of the schema, which is this program's: nothing was changed\n");
    assert!(said.starts_with("the catalogue in ") && said.ends_with(&expected), "{said}");
    assert_eq!(state(), before);
}
