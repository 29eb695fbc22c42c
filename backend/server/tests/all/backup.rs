//! A catalogue as one file, and from it the same catalogue again.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use stl_server::catalogue::Store;
use stl_server::catalogue::backup::{BackupError, backup, restore};
use stl_server::catalogue::import::import;
use stl_server::catalogue::verify::verify;

use crate::support::{BLUE, GREEN, RED, line, models, options, png, rectangle};

/// A catalogue of three products, with rules and a look.
fn catalogue(root: &Path) -> std::path::PathBuf {
    let (feed, folder) = (root.join("feed"), root.join("catalogue"));
    fs::create_dir(&feed).expect("a folder");
    let lines: Vec<String> = [RED, GREEN, BLUE]
        .into_iter()
        .enumerate()
        .map(|(number, colour)| {
            let name = format!("{number}.png");
            fs::write(feed.join(&name), png(&rectangle(300, 400, colour))).expect("written");
            line(&format!("p{number}"), &name, "shirts")
        })
        .collect();
    fs::write(feed.join("products.jsonl"), lines.join("\n")).expect("written");
    import(&feed, &folder, &models(), &options(), |_, _| {}).expect("imported");
    fs::write(folder.join("rules.toml"), "[[rule]]\nname = \"x\"\naction = \"exclude\"\nid = \"p1\"\n")
        .expect("written");
    fs::create_dir(folder.join("looks")).expect("a folder");
    fs::write(folder.join("looks/1.png"), png(&rectangle(60, 80, RED))).expect("written");
    fs::write(folder.join("the shop's own.txt"), "no part of a catalogue").expect("written");
    folder
}

/// What a folder holds, but for the database and what is computed again or is no part of it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for inner in ["", "images", "looks"] {
        for entry in fs::read_dir(folder.join(inner)).expect("a folder").map(|entry| entry.expect("an entry")) {
            let name = format!("{inner}/{}", entry.file_name().to_string_lossy());
            let is_other = [".sqlite", ".lock", "rows-", ".txt"].iter().any(|other| name.contains(other));
            if entry.path().is_file() && !is_other {
                found.insert(name, fs::read(entry.path()).expect("read"));
            }
        }
    }
    found
}

#[test]
fn a_restored_catalogue_is_the_one_that_was_backed_up() {
    let root = tempfile::tempdir().expect("a folder");
    let (folder, restored) = (catalogue(root.path()), root.path().join("deep/restored"));
    let mut archive = Vec::new();
    let written = backup(&folder, &mut archive).expect("backed up");
    assert_eq!((written.articles, written.version), (3, 1));
    let read = restore(&archive[..], &restored).expect("restored");
    assert_eq!(read, written);
    assert_eq!(files(&restored), files(&folder));
    // Features, rules, a look, and of three pictures one copy and a smaller one each.
    assert_eq!((files(&restored).len(), read.files), (9, 10));
    let content = |folder: &Path| Store::open(folder).and_then(|mut store| store.read()).expect("a catalogue");
    assert_eq!(content(&restored), content(&folder));
    assert_eq!(verify(&restored, &models()).expect("read"), Vec::<String>::new());
    assert!(fs::read_dir(root.path().join("deep")).expect("a folder").count() == 1, "nothing else is left");
    // Its checksums are those that other programs read.
    let mut sums = String::new();
    let mut tar = tar::Archive::new(&archive[..]);
    for entry in tar.entries().expect("entries") {
        let mut entry = entry.expect("an entry");
        if entry.path().expect("a path").as_os_str() == "SHA256SUMS" {
            entry.read_to_string(&mut sums).expect("text");
        }
    }
    assert_eq!(sums.lines().count(), 10);
    assert!(sums.lines().all(|line| line.len() > 66 && line[64..].starts_with("  ")), "{sums}");
}

#[test]
fn a_backup_that_is_cut_off_damaged_or_foreign_changes_nothing() {
    let root = tempfile::tempdir().expect("a folder");
    let (folder, restored) = (catalogue(root.path()), root.path().join("restored"));
    let mut archive = Vec::new();
    backup(&folder, &mut archive).expect("backed up");
    let refused = |archive: &[u8]| {
        let error = restore(archive, &restored).expect_err("refused");
        assert!(!restored.exists());
        let left = fs::read_dir(root.path()).expect("a folder").filter(|entry| {
            entry.as_ref().is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with(".restore"))
        });
        assert_eq!(left.count(), 0);
        error
    };
    for end in [100, 512, 4096, archive.len() / 2, archive.len() - 4096] {
        let error = refused(&archive[..end]);
        assert!(matches!(error, BackupError::CutOff), "{end}: {error}");
    }
    for (other, what) in [
        (&b""[..], "got nothing: nothing was changed"),
        (b"no archive at all", "got something else: nothing was changed"),
        (&[b'x'; 2000], "got something else: nothing was changed"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "got a file that gzip has packed: unpack it first, gzip -dc FILE | "),
        (b"\x28\xb5\x2f\xfd\0\0\0\0", "got a file that zstd has packed: unpack it first"),
    ] {
        let message = refused(other).to_string();
        assert!(
            message.starts_with("expected a backup of a catalogue, a tar archive, ") && message.contains(what),
            "{message}"
        );
    }
    // The header of the second file.
    let mut damaged = archive.clone();
    let second = (1..).map(|block| block * 512).find(|at| archive[*at..].starts_with(b"features-")).expect("a file");
    damaged[second + 150] ^= 1;
    assert_eq!(refused(&damaged).to_string(), "the backup is damaged behind its file 1: nothing was changed");
    // A byte of the database, which tar itself does not check.
    let mut damaged = archive.clone();
    damaged[1500] ^= 1;
    assert_eq!(
        refused(&damaged).to_string(),
        "catalogue.sqlite is damaged or missing in the backup: nothing was changed"
    );
    for (name, kind) in [("../outside", tar::EntryType::Regular), ("rules.toml", tar::EntryType::Symlink)] {
        let mut foreign = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(0);
        header.set_cksum();
        foreign.append(&header, &[][..]).expect("written");
        let error = refused(&foreign.into_inner().expect("an archive"));
        assert!(error.to_string().contains(&format!("got an archive with {name:?}")), "{error}");
    }
    assert!(!root.path().join("outside").exists());

    // What is there already stays.
    fs::create_dir(&restored).expect("a folder");
    fs::write(restored.join("mine"), "").expect("written");
    assert!(matches!(restore(&archive[..], &restored), Err(BackupError::NotEmpty { .. })));
    fs::remove_file(restored.join("mine")).expect("deleted");
    restore(&archive[..], &restored).expect("an empty folder becomes the catalogue");
}

#[test]
fn what_is_served_is_backed_up_while_prices_change() {
    use stl_server::catalogue::edit::update;
    use stl_server::catalogue::feed::{Change, SaleChange};

    let root = tempfile::tempdir().expect("a folder");
    let folder = catalogue(root.path());
    let change = |cents: u64| Change {
        id: "p0".to_owned(),
        price: Some(stl_types::Price { amount_minor: cents, currency: "EUR".to_owned() }),
        sale: SaleChange::Keep,
        availability: None,
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for cents in 1000..1010 {
                update(&folder, "", &[change(cents)]).expect("changed");
            }
        });
        for number in 0..3 {
            let mut archive = Vec::new();
            backup(&folder, &mut archive).expect("backed up");
            let restored = root.path().join(format!("restored-{number}"));
            restore(&archive[..], &restored).expect("restored");
            assert_eq!(verify(&restored, &models()).expect("read"), Vec::<String>::new());
        }
    });
}
