//! `catalogue migrate`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use stl_server::catalogue::store::DATABASE;

use crate::program::text;
use crate::support::SHOP;

/// Where SQLite's header has `user_version`, which counts the migrations, big-endian.
const USER_VERSION: std::ops::Range<usize> = 60..64;

fn migrate(catalogue: &Path) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
    let program = program.args(["catalogue", "migrate", "--catalogue"]).arg(catalogue);
    program.output().expect("the program runs")
}

#[test]
fn a_current_catalogue_is_not_changed_and_an_earlier_one_says_from_where_to_where() {
    let root = tempfile::tempdir().expect("a folder");
    let (current, earlier) = (root.path().join("current"), root.path().join("earlier"));
    for folder in [&current, &earlier] {
        fs::create_dir(folder).expect("a folder");
    }
    fs::copy(SHOP.catalogue().join(DATABASE), current.join(DATABASE)).expect("copied");
    let before = fs::read(current.join(DATABASE)).expect("a database");
    let version = u32::from_be_bytes(before[USER_VERSION].try_into().expect("four bytes"));
    let done = migrate(&current);
    let place = current.display();
    let expected = format!(
        "the catalogue in {place} has version {version} of the schema, which is this program's: nothing was changed\n"
    );
    assert!(done.status.success() && text(&done.stdout) == expected, "{done:?}");
    assert_eq!(fs::read(current.join(DATABASE)).expect("a database"), before);

    // A database without tables is one before the first migration.
    fs::write(earlier.join(DATABASE), "").expect("written");
    let done = migrate(&earlier);
    let place = earlier.display();
    let expected = format!("the catalogue in {place} was brought from version 0 of the schema to {version}\n");
    assert!(done.status.success() && text(&done.stdout) == expected, "{done:?}");
    assert!(text(&migrate(&earlier).stdout).ends_with("nothing was changed\n"));
}

#[test]
fn what_is_no_catalogue_or_a_later_one_is_refused_and_stays_as_it_is() {
    let root = tempfile::tempdir().expect("a folder");
    let refused = migrate(root.path());
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("there is no catalogue in"), "{refused:?}");
    assert_eq!(fs::read_dir(root.path()).expect("a folder").count(), 0);

    let database = root.path().join(DATABASE);
    let mut later = fs::read(SHOP.catalogue().join(DATABASE)).expect("a database");
    later[USER_VERSION].copy_from_slice(&999_u32.to_be_bytes());
    fs::write(&database, &later).expect("written");
    let refused = migrate(root.path());
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("written by a later version of this program"), "{refused:?}");
    assert!(text(&refused.stderr).contains("got 999"), "{refused:?}");
    assert_eq!(fs::read(&database).expect("a database"), later);
}
