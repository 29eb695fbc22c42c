//! Single rows and their faults, in JSON Lines.

use super::*;

fn feed(lines: &[&str]) -> (tempfile::TempDir, Vec<FeedRow>, Vec<RowProblem>) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.png"), b"").expect("written");
    std::fs::write(folder.path().join(PRODUCTS_FILE), lines.join("\n")).expect("written");
    let Feed { rows, problems, .. } = read(folder.path(), &FeedOptions::default()).expect("a feed");
    (folder, rows, problems)
}

#[test]
fn a_line_becomes_a_row_with_its_category_guessed() {
    let (_folder, rows, problems) = feed(&["", &GOOD.replace('\n', " ")]);
    assert_eq!(problems, []);
    assert_eq!((rows[0].line, rows[0].id.as_str(), rows[0].category), (2, "17", Some(Category::Shirts)));
    assert_eq!((rows[0].price.amount_minor, rows[0].availability), (1995, Availability::InStock));
}

#[test]
fn each_fault_names_its_line_and_field() {
    let good = GOOD.replace('\n', " ");
    let (_folder, rows, problems) = feed(&[
        &good,
        &good,
        "not JSON",
        "[1]",
        &good.replace("17,", "18,").replace("19.95 EUR", "1,995 EUR"),
        &good.replace("17,", "19,").replace("a.png", "../a.png"),
        &good.replace("17,", "20,").replace("a.png", "ftp://cdn.example/a.png"),
        &good.replace("17,", "21,").replace("a.png", "b.png"),
        &good.replace("17,", "22,").replace("https://", "javascript:"),
        &good.replace("17,", "23,").replace("Linen shirt", "Rain coat"),
        &good.replace("17,", "24,").replace("in stock", "soon"),
        &good.replace("17,", "[],"),
        &good.replace("17,", "25,").replace("a.png", "/etc/passwd"),
    ]);
    assert_eq!(rows.len(), 1);
    let faults: Vec<_> = problems.iter().map(|problem| (problem.line, problem.field)).collect();
    let expected = [
        (2, "id"),
        (3, "line"),
        (4, "line"),
        (5, "price"),
        (6, "image_link"),
        (7, "image_link"),
        (8, "image_link"),
        (9, "link"),
        (10, "category"),
        (11, "availability"),
        (12, "id"),
        (13, "image_link"),
    ];
    assert_eq!(faults, expected);
}

#[test]
fn a_picture_may_be_a_path_or_an_address() {
    let good = GOOD.replace('\n', " ");
    let address = "https://cdn.example/a.png?size=800";
    let (folder, rows, problems) = feed(&[&good, &good.replace("17,", "18,").replace("a.png", address)]);
    assert_eq!(problems, []);
    assert_eq!(rows[0].picture, PictureSource::File(folder.path().join("a.png")));
    assert_eq!(rows[1].picture, PictureSource::Address(address.to_owned()));
}

#[test]
fn entities_in_titles_become_letters() {
    let good = GOOD.replace('\n', " ").replace("a.png", "https://cdn.example/a.png");
    for (text, expected) in [
        ("Caf&eacute; shirt", "Café shirt"),
        ("Women&#39;s &#x201c;Anna&#x201d; shirt", "Women's “Anna” shirt"),
        ("M&S shirt; R&amp;D", "M&S shirt; R&D"),
        ("&bogus; shirt &", "&bogus; shirt &"),
    ] {
        let (rows, _) =
            read_text("feed.jsonl", &good.replace("Linen shirt", text), &FeedOptions::default()).expect("a feed");
        assert_eq!(rows.first().map(|row| row.title.as_str()), Some(expected));
    }
}

#[test]
fn the_folder_of_a_bare_file_name_is_the_present_one() {
    assert_eq!(folder_of(Path::new("feed.jsonl")), Path::new("."));
    assert_eq!(folder_of(Path::new("shop/feed.jsonl")), Path::new("shop"));
}
