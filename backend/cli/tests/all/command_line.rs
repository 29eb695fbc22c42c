//! The program as its users run it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use image::{DynamicImage, ImageFormat};
use serde_json::Value;
use stl_types::Category;

use crate::program::text;
use crate::support::{BLUE, PRODUCTS, RED, SHOP, encoded, line, models, png, rectangle, write_feed};

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
    program.env("SHOP_THE_LOOK_CATALOGUE", SHOP.catalogue());
    program
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    program().current_dir(folder).args(arguments).output().expect("the program runs")
}

/// A landscape photo with the EXIF orientation 6: upright it is 40 wide and 60 high.
fn turned_jpeg() -> Vec<u8> {
    let plain = encoded(&rectangle(60, 40, BLUE), ImageFormat::Jpeg);
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    let length = (exif.len() as u16 + 2).to_be_bytes();
    exif.splice(0..0, [0xFF, 0xE1, length[0], length[1]]);
    [&plain[..2], &exif, &plain[2..]].concat()
}

#[test]
fn pages_of_the_manual_name_the_values_of_options_that_a_command_needs() {
    let root = tempfile::tempdir().expect("a folder");
    let made = run(root.path(), &["manual", "man"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let mut pages = 0;
    for page in std::fs::read_dir(root.path().join("man")).expect("pages").flatten() {
        let page = std::fs::read_to_string(page.path()).expect("a page").replace("\\-", "-");
        assert!(!page.contains("<\\fB--"), "{page}");
        pages += 1;
    }
    assert!(pages > 20, "{pages} pages");
    let page = std::fs::read_to_string(root.path().join("man/shop-the-look-token-add.1")).expect("a page");
    let synopsis = page.replace("\\-", "-");
    let synopsis = synopsis.split(".SH SYNOPSIS\n").nth(1).and_then(|rest| rest.lines().next()).expect("a synopsis");
    assert_eq!(synopsis, "\\fBshop-the-look token add\\fR [OPTIONS] --scope <SCOPE> <NAME>");
}

/// What `--version` begins with.
const NAME_AND_VERSION: &str = concat!("shop-the-look ", env!("CARGO_PKG_VERSION"));

#[test]
fn the_long_version_says_what_the_weights_are_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let long = run(folder.path(), &["--version"]);
    let (version, terms) = text(&long.stdout).split_once('\n').expect("two lines");
    assert_eq!((version, terms.trim_end()), (NAME_AND_VERSION, models().terms()));
    assert!(terms.contains("research and demonstration"), "{terms}");
    let short = run(folder.path(), &["-V"]);
    assert_eq!(text(&short.stdout).trim_end(), NAME_AND_VERSION);
}

#[test]
fn networks_are_loaded_and_compared_with_their_manifest() {
    let folder = tempfile::tempdir().expect("a folder");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let found = run(folder.path(), &["networks", "--models", shipped.to_str().expect("UTF-8")]);
    assert!(found.status.success(), "{}", text(&found.stderr));
    let lines: Vec<&str> = text(&found.stdout).lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!(lines[0], "segmenter: street2fashion.onnx, [1, 3, 288, 192] → [1, 17, 144, 96], by separable");

    // The same file under a manifest that promises another output.
    for entry in std::fs::read_dir(&shipped).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            std::fs::copy(&path, folder.path().join(path.file_name().expect("a name"))).expect("copied");
        }
    }
    let manifest = std::fs::read_to_string(shipped.join("manifest.toml")).expect("a manifest");
    let other = manifest.replace(
        "input = [1, 3, 288, 192]\noutput = [1, 17, 144, 96]",
        "input = [1, 3, 96, 64]\noutput = [1, 17, 48, 32]",
    );
    assert_ne!(other, manifest);
    std::fs::write(folder.path().join("manifest.toml"), other).expect("written");
    let refused = run(folder.path(), &["networks", "--models", "."]);
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    assert!(said.contains("the segmenter does not fit"), "{said}");
    assert!(said.contains("[3, 96, 64] → [17, 48, 32]") && said.contains("[3, 288, 192] → [17, 144, 96]"), "{said}");
}

#[test]
fn search_prints_one_json_line_an_image_in_their_order() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, colour) in [("red.png", RED), ("blue.png", BLUE)] {
        std::fs::write(folder.path().join(name), png(&rectangle(300, 400, colour))).expect("written");
    }
    std::fs::write(folder.path().join("diary.txt"), "Dear diary").expect("written");
    let images = ["blue.png", "diary.txt", "red.png", "none.png"];
    let output = run(folder.path(), &[&["search", "--segmented", "--json", "--limit", "2"], &images[..]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let lines: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert_eq!(lines.iter().map(|line| line["path"].as_str().expect("a path")).collect::<Vec<_>>(), images);
    for line in [&lines[0], &lines[2]] {
        assert_eq!(line["garments"], serde_json::json!({}), "a cutout is searched as a whole");
        let categories = line["categories"].as_object().expect("categories");
        assert_eq!(categories.len(), Category::ALL.len());
        for (name, articles) in categories {
            name.parse::<Category>().expect("a category");
            let scores: Vec<f64> = articles
                .as_array()
                .expect("a list")
                .iter()
                .map(|article| article["score"].as_f64().expect("a score"))
                .collect();
            assert!(scores.len() == 2 && scores[0] >= scores[1] && articles[0]["id"].is_string(), "{articles}");
        }
    }
    assert!(lines[1]["error"].as_str().expect("an error").contains("JPEG, PNG or WebP"));
    assert!(lines[3]["error"].is_string() && lines[3].get("categories").is_none());
}

#[test]
fn search_without_json_is_a_table_and_one_category_can_be_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("red.png"), png(&rectangle(300, 400, RED))).expect("written");
    let output = run(folder.path(), &["search", "--segmented", "--category", "skirts", "red.png"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let table = text(&output.stdout);
    assert!(
        table.starts_with("red.png\n  skirts\n") && table.contains("skirts-a") && table.contains("19.95 EUR"),
        "{table}"
    );
    assert!(!table.contains("shirts-a"));
    let output = run(folder.path(), &["search", "--category", "hats", "red.png"]);
    assert!(output.status.code() == Some(1) && text(&output.stderr).contains("expected one of blazers"));
}

#[test]
fn segment_writes_cutouts_masks_and_classes_of_the_upright_photos_size() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("turned.jpg"), turned_jpeg()).expect("written");
    std::fs::write(folder.path().join("plain.png"), png(&rectangle(70, 90, RED))).expect("written");
    let output = run(
        folder.path(),
        &["segment", "turned.jpg", "plain.png", "--out", "cut/outs", "--masks", "--classes", "--garments"],
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    for (stem, size) in [("turned", (40, 60)), ("plain", (70, 90))] {
        let open =
            |ending: &str| image::open(folder.path().join(format!("cut/outs/{stem}{ending}"))).expect("a picture");
        let (cutout, mask, classes) = (open(".png"), open(".mask.png"), open(".classes.png"));
        let DynamicImage::ImageRgb8(cutout) = cutout else { panic!("expected RGB, got {:?}", cutout.color()) };
        let (DynamicImage::ImageLuma8(mask), DynamicImage::ImageLuma8(classes)) = (mask, classes) else {
            panic!("expected 8-bit grey")
        };
        assert_eq!([cutout.dimensions(), mask.dimensions(), classes.dimensions()], [size; 3]);
        assert!(classes.iter().all(|&class| class < 13));
        let seen = std::fs::read(folder.path().join(format!("cut/outs/{stem}.garments.json"))).expect("written");
        let seen: Value = serde_json::from_slice(&seen).expect("JSON");
        for garment in seen["garments"].as_array().expect("a list") {
            garment["category"].as_str().expect("a name").parse::<Category>().expect("a category");
            assert!(
                garment["width"].as_u64() <= Some(size.0.into()) && garment["probability"].is_number(),
                "{garment}"
            );
        }
        assert!(["face", "hair", "skin"].iter().all(|part| seen.get(part).is_some()), "{seen}");
        for (pixel, alpha) in cutout.pixels().zip(mask.iter()) {
            assert!(*alpha >= 128 || *alpha == 0 && pixel.0 == [255; 3], "mask {alpha}, {pixel:?}");
        }
    }
}

#[test]
fn segment_refuses_before_any_work_what_would_overwrite_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["look.png", "look.jpg"] {
        std::fs::write(folder.path().join(name), png(&rectangle(70, 90, RED))).expect("written");
    }
    let output = run(folder.path(), &["segment", "look.png", "look.jpg", "--out", "out"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("would both become"), "{}", text(&output.stderr));
    assert!(!folder.path().join("out/look.png").exists());
    let output = run(folder.path(), &["segment", "look.png", "--out", "."]);
    assert!(output.status.code() == Some(1) && text(&output.stderr).contains("would be overwritten"));
    // A file that is none of the photos is kept, too.
    std::fs::create_dir(folder.path().join("kept")).expect("a folder");
    std::fs::write(folder.path().join("kept/look.mask.png"), "keep").expect("written");
    let output = run(folder.path(), &["segment", "look.jpg", "--masks", "--out", "kept"]);
    assert!(output.status.code() == Some(1) && text(&output.stderr).contains("would be overwritten"));
    assert_eq!(std::fs::read(folder.path().join("kept/look.mask.png")).expect("kept"), b"keep");
    assert!(!folder.path().join("kept/look.png").exists());
}

#[test]
fn search_segments_first_unless_told_otherwise() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("photo.jpg"), turned_jpeg()).expect("written");
    let output = run(folder.path(), &["search", "--json", "photo.jpg"]);
    let line: Value = serde_json::from_str(text(&output.stdout)).expect("one line");
    // A rectangle is nobody: what the network makes of it is its own affair, but the answer has one of two shapes.
    assert!(
        line["categories"].is_object()
            || line["error"].as_str().is_some_and(|error| error.contains("neither a person nor a garment is seen")),
        "{line}"
    );
    assert_eq!(output.status.success(), line["categories"].is_object());
    let output = run(folder.path(), &["search", "--json", "--person", "photo.jpg"]);
    let line: Value = serde_json::from_str(text(&output.stdout)).expect("one line");
    assert!(line["error"].is_string() || line["garments"] == serde_json::json!({}), "{line}");
}

#[test]
fn import_exits_with_two_when_lines_were_left_out_and_list_shows_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    write_feed(&folder.path().join("feed"));
    let path = folder.path().join("feed/products.jsonl");
    let feed = std::fs::read_to_string(&path).expect("a feed");
    let import = ["catalogue", "import", "feed", "--catalogue", "here"];
    assert_eq!(run(folder.path(), &import).status.code(), Some(0));
    std::fs::write(&path, format!("{feed}\n{}", line("late", "images/none.png", "tops"))).expect("written");
    let output = run(folder.path(), &import);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("left out: products.jsonl:25: image_link: expected a picture"),
        "{}",
        text(&output.stderr)
    );
    std::fs::write(&path, "").expect("written");
    assert_eq!(run(folder.path(), &import).status.code(), Some(1));

    let output = run(folder.path(), &["catalogue", "list", "--json", "--catalogue", "here"]);
    let products: Vec<Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert_eq!(products.len(), PRODUCTS);
    assert_eq!(products[0]["id"], "blazers-a");
    let output = run(folder.path(), &["catalogue", "list", "--catalogue", "here"]);
    assert!(text(&output.stdout).starts_with("blazers-a"), "{}", text(&output.stdout));
    let output = run(folder.path(), &["catalogue", "list", "--catalogue", "nowhere"]);
    assert!(output.status.code() == Some(1) && text(&output.stderr).contains("catalogue import FEED"));
}

#[test]
fn variables_without_a_value_count_as_not_set() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = program();
    for name in ["HOST", "PORT", "CLIENT", "WORKERS", "QUEUE", "MATCH_THREADS", "DEVICE", "ADMIN_TOKEN", "ALLOW_ORIGIN"]
    {
        command.env(format!("SHOP_THE_LOOK_{name}"), "");
    }
    let output =
        command.args(["serve", "--models", "nowhere"]).current_dir(folder.path()).output().expect("the program runs");
    // All variables are accepted: what is missing are the networks.
    assert!(text(&output.stderr).contains("no networks found"), "{}", text(&output.stderr));
    let output = program().env("SHOP_THE_LOOK_ALLOW_ORIGIN", "*").args(["serve"]).output().expect("the program runs");
    assert_eq!(text(&output.stderr).matches("would let every page").count(), 1, "{}", text(&output.stderr));
}

#[test]
fn an_import_lists_what_it_dropped_and_refuses_to_lose_much() {
    let folder = tempfile::tempdir().expect("a folder");
    write_feed(&folder.path().join("feed"));
    let import = ["catalogue", "import", "feed", "--catalogue", "here"];
    assert_eq!(run(folder.path(), &import).status.code(), Some(0));
    let path = folder.path().join("feed/products.jsonl");
    let feed = std::fs::read_to_string(&path).expect("a feed");
    let few: Vec<&str> = feed.lines().take(PRODUCTS / 2).collect();
    let few = few.join("\n").replacen("\"19.95 EUR\"", "\"19.95 EUR\", \"sale_price\": \"cheap\"", 1);
    std::fs::write(&path, few + "\n").expect("written");
    let output = run(folder.path(), &import);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("would leave 12 of 24 products"), "{}", text(&output.stderr));
    let output = run(folder.path(), &[&import[..], &["--max-drop", "101"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let output = run(folder.path(), &[&import[..], &["--force"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("note: products.jsonl:1: sale_price: "), "{}", text(&output.stderr));
}

#[cfg(unix)]
#[test]
fn serve_says_where_it_listens_and_stops_on_sigterm_and_sighup() {
    for signal in ["-TERM", "-HUP"] {
        serve_until(signal);
    }
}

#[cfg(unix)]
fn serve_until(signal: &str) {
    let mut server = program()
        .args(["serve", "--port", "0", "--workers", "1", "--client", "no-page"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    let mut first = String::new();
    BufReader::new(server.stdout.as_mut().expect("piped")).read_line(&mut first).expect("a line");
    let address = first.trim().strip_prefix("listening on http://").expect(&first).to_owned();

    let mut stream = TcpStream::connect(&address).expect("it listens");
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("ok\n"), "{answer}");

    let port = address.rsplit(':').next().expect("a port");
    let second = program().args(["serve", "--port", port]).output().expect("the program runs");
    assert_eq!(second.status.code(), Some(1));
    assert!(text(&second.stderr).contains("already in use"), "{}", text(&second.stderr));

    let killed = Command::new("kill").args([signal, &server.id().to_string()]).status().expect("kill runs");
    assert!(killed.success());
    assert!(server.wait().expect("it ends").success());
}
