//! Privacy, with real photos: the cutout is correct, and nothing leaves the device except the cutout and its garment regions.

use anyhow::{Context as _, Result};
use axum::http::Method;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GrayImage, RgbImage};
use stl_tests::{Browser, Recorded, Recorder, Server, iou, labelled_photos, root, validation_ids};
use stl_types::wire::{parts, paths};
use stl_types::{Class, Manifest, Size};
use stl_vision::{Pixels, Segmenter};

/// Largest distance, in pixels, of the browser's silhouette from the native one. JPEG decoders and SIMD round differently.
const SILHOUETTE_TOLERANCE_PX: i64 = 3;

/// Hosts of Chromium's own requests, for updates and the time. The recorder refuses them, and the page's policy forbids them.
const CHROMIUMS_OWN: [&str; 2] = [".google.com", ".googleapis.com"];

/// The name of the chosen file; it would identify the visitor.
const FILE_NAME: &str = "me-at-home-in-secret-lane-17";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_photos_are_cut_out_well_and_only_the_cut_out_is_sent() -> Result<()> {
    let ids: Vec<String> = validation_ids()?.into_iter().step_by(12).take(10).collect();
    let Some(photos) = labelled_photos(&ids)? else { return Ok(()) };
    assert_eq!(photos.len(), 10);
    let watched = Watched::start().await?;
    let mut ious = Vec::new();
    for photo in &photos {
        let shown = watched.search(&photo.jpeg, &photo.photo).await.with_context(|| format!("photo {}", photo.id))?;
        let overlap =
            iou(shown.pixels().map(|pixel| pixel.0 != [255; 3]), photo.labels.pixels().map(|label| label.0[0] != 0));
        ious.push(overlap);
    }
    let mean = ious.iter().sum::<f64>() / ious.len() as f64;
    println!("foreground IoU of ten real photos, from what the page shows: {mean:.3} {ious:.2?}");
    assert!(mean >= 0.85, "mean IoU {mean:.3}");
    watched.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_drawn_look_only_the_cut_out_is_sent() -> Result<()> {
    let look = garment_renderer::DrawnLook::new(5, 0, &garment_renderer::Catalogue::new(1, 480)).render().image;
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 92).encode_image(&look)?;
    let watched = Watched::start().await?;
    watched.search(&jpeg, &image::load_from_memory(&jpeg)?.into_rgb8()).await?;
    watched.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_person_hidden_no_face_hair_or_skin_is_sent() -> Result<()> {
    let ids: Vec<String> = validation_ids()?.into_iter().step_by(30).take(4).collect();
    let mut photos = vec![(
        "a drawn look".to_owned(),
        garment_renderer::DrawnLook::new(5, 0, &garment_renderer::Catalogue::new(1, 480)).render().image,
    )];
    photos
        .extend(labelled_photos(&ids)?.into_iter().flatten().map(|photo| (format!("photo {}", photo.id), photo.photo)));
    let watched = Watched::start().await?;
    for (name, photo) in &photos {
        let mut png = std::io::Cursor::new(Vec::new());
        photo.write_to(&mut png, image::ImageFormat::Png)?;
        watched.browser.open(&watched.server.origin).await?;
        let file = watched.folder.path().join(format!("{FILE_NAME}.png"));
        std::fs::write(&file, png.into_inner())?;
        let before = of_the_page(&watched.recorder)?.len();
        watched.browser.choose(&file).await?;
        watched.browser.find("send").await?;
        let is_hidden = "const hide = document.querySelector('[data-testid=hide-person]');
            if (!hide.checked) hide.click();
            return document.querySelector('[data-testid=send]') ? true : null";
        watched.browser.wait_for(is_hidden, "the cut-out without the person").await?;
        watched.browser.results().await?;
        let sent = of_the_page(&watched.recorder)?.split_off(before);
        let Upload { cutout, regions } = only_upload(&sent, &watched.server.origin)?;
        let size = Size { width: photo.width(), height: photo.height() };
        let classes = watched.segmenter.segment(Pixels::new(size, photo.as_raw())?)?.class_map();
        let is_of_the_body = |class: u8| class == Class::Hair as u8 || class == Class::Skin as u8;
        // At a garment's edge, rounding in the browser and natively may differ by a pixel or two.
        let elsewhere: Vec<u8> = classes.iter().map(|&class| u8::from(!is_of_the_body(class))).collect();
        let of_the_body = classes.iter().filter(|&&class| is_of_the_body(class)).count();
        let strays = non_white_far_from(&cutout, &elsewhere);
        println!("{name}: {of_the_body} pixels of hair and skin, {strays} of them sent");
        anyhow::ensure!(of_the_body > 500, "{name}: the parser sees hair and skin");
        anyhow::ensure!(strays == 0, "{name}: {strays} pixels of hair or skin were sent");
        anyhow::ensure!(
            regions.iter().all(|&class| !is_of_the_body(class)),
            "{name}: the regions contain hair or skin"
        );
        watched.browser.run("localStorage.clear()").await?;
    }
    watched.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_part_marked_after_the_results_came_only_the_part_is_sent() -> Result<()> {
    let look = garment_renderer::DrawnLook::new(5, 0, &garment_renderer::Catalogue::new(1, 480)).render().image;
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 92).encode_image(&look)?;
    let watched = Watched::start().await?;
    let whole = watched.search(&jpeg, &image::load_from_memory(&jpeg)?.into_rgb8()).await?;
    let before = of_the_page(&watched.recorder)?.len();
    watched.browser.run("document.querySelector('[data-garment=part]').click()").await?;
    watched.browser.find("part").await?;
    // Resize and move the part by keyboard.
    watched.browser.press("\u{e008}\u{e012}\u{e013}\u{e008}\u{e014}\u{e015}").await?;
    watched.browser.find("send").await?;
    let with_body = |requests: Vec<Recorded>| requests.into_iter().filter(|request| !request.body.is_empty()).count();
    let unseen = of_the_page(&watched.recorder)?.split_off(before);
    anyhow::ensure!(with_body(unseen) == 0, "nothing is sent before it was looked at");

    let shares = "return ['left', 'top', 'width', 'height'].map(side =>
        Number.parseFloat(document.querySelector('[data-testid=part] .part').style[side]) / 100)";
    let shares: [f64; 4] = serde_json::from_value(watched.browser.run(shares).await?)?;
    let (width, height) = whole.dimensions();
    let pixels = |share: f64, side: u32| (share * f64::from(side)).round() as u32;
    let [left, top] = [pixels(shares[0], width), pixels(shares[1], height)];
    let expected = [pixels(shares[2], width), pixels(shares[3], height)];
    println!("the part: {expected:?} at {left}, {top} of {width} × {height}");
    anyhow::ensure!(left > 0 && top > 0 && expected[0] < width && expected[1] < height, "{shares:?}");

    // The former results stay until the new ones arrive.
    let send = "document.querySelector('[data-testid=send]')?.click(); return null";
    let sent = loop {
        let sent = of_the_page(&watched.recorder)?.split_off(before);
        if with_body(sent.clone()) > 0 {
            break sent;
        }
        watched.browser.run(send).await?;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    let results = watched.browser.results().await?;
    let Upload { cutout, regions } = only_upload(&sent, &watched.server.origin)?;
    let part = image::imageops::crop_imm(&whole, left, top, expected[0], expected[1]).to_image();
    assert_eq!(cutout.dimensions(), part.dimensions());
    assert!(cutout == part, "the cutout is not the selected part");
    assert!(regions.width() <= cutout.width() && regions.height() <= cutout.height());
    assert!(results.iter().any(|shown| !shown.products.is_empty()), "the part finds products");
    watched.close().await
}

/// A browser whose traffic is recorded, the server, and the native segmenter to compare with.
struct Watched {
    server: Server,
    recorder: Recorder,
    browser: Browser,
    segmenter: Segmenter,
    folder: tempfile::TempDir,
}

impl Watched {
    async fn start() -> Result<Self> {
        let recorder = Recorder::start().await?;
        Ok(Self {
            server: Server::start()?,
            browser: Browser::start(Some(&recorder)).await?,
            recorder,
            segmenter: native_segmenter()?,
            folder: tempfile::tempdir()?,
        })
    }

    /// Searches with a photo, checks everything that was sent, and returns the cutout that the page shows.
    async fn search(&self, jpeg: &[u8], photo: &RgbImage) -> Result<RgbImage> {
        self.browser.open(&self.server.origin).await?;
        let file = self.folder.path().join(format!("{FILE_NAME}.jpg"));
        std::fs::write(&file, jpeg)?;
        let before = of_the_page(&self.recorder)?.len();
        self.browser.choose(&file).await?;
        self.browser.results().await?;
        let shown = self.browser.picture("cutout").await?;
        anyhow::ensure!(shown.dimensions() == photo.dimensions(), "the cut-out has another size than the photo");
        let sent = of_the_page(&self.recorder)?.split_off(before);
        let Upload { cutout, regions } = only_upload(&sent, &self.server.origin)?;
        anyhow::ensure!(cutout == shown, "what is sent is not what is shown");
        let mask = native_mask(&self.segmenter, photo)?;
        let strays = non_white_far_from(&cutout, &mask);
        anyhow::ensure!(strays == 0, "{strays} pixels outside the mask are not white");
        let strays = classes_far_from(&regions, photo, &mask);
        anyhow::ensure!(strays == 0, "{strays} pixels outside the mask have a class");
        let is_garment_or_other =
            |class: u8| class == 0 || class >= Class::Blazers as u8 && class <= Class::OtherWorn as u8;
        anyhow::ensure!(regions.iter().all(|&class| is_garment_or_other(class)), "the regions contain hair or skin");
        Ok(shown)
    }

    /// Checks everything that was recorded, and closes the browser.
    async fn close(self) -> Result<()> {
        for recorded in of_the_page(&self.recorder)? {
            nothing_but_searches(&recorded, &self.server.origin)?;
        }
        self.browser.close().await
    }
}

/// All requests except the browser's own, which must not contain a picture.
fn of_the_page(recorder: &Recorder) -> Result<Vec<Recorded>> {
    let (others, pages): (Vec<_>, Vec<_>) = recorder.requests().into_iter().partition(|request| {
        request.uri.host().is_some_and(|host| CHROMIUMS_OWN.iter().any(|known| host.ends_with(known)))
    });
    for request in others {
        anyhow::ensure!(image::guess_format(&request.body).is_err(), "{} carries a picture", request.uri);
    }
    Ok(pages)
}

/// The pictures of a search.
struct Upload {
    cutout: RgbImage,
    regions: GrayImage,
}

/// The only form that was sent. It must be a search with two pictures.
fn only_upload(sent: &[Recorded], origin: &str) -> Result<Upload> {
    let with_body: Vec<&Recorded> = sent.iter().filter(|request| !request.body.is_empty()).collect();
    let [upload] = with_body[..] else {
        anyhow::bail!(
            "expected one request with a body, got {:?}",
            with_body.iter().map(|it| &it.uri).collect::<Vec<_>>()
        )
    };
    assert_eq!(upload.method, Method::POST);
    assert!(upload.uri.to_string().starts_with(&format!("{origin}{}", paths::SEARCH)), "{}", upload.uri);
    let [(first, cutout), (second, regions)] = &parts_of(upload)?[..] else { anyhow::bail!("expected two parts") };
    assert_eq!([first.as_str(), second.as_str()], [parts::CUTOUT, parts::REGIONS]);
    for png in [cutout, regions] {
        assert_eq!(png_chunks(png), ["IDAT", "IEND", "IHDR"], "a PNG without metadata");
    }
    let picture = |png| image::load_from_memory(png).context("the part is a picture");
    let DynamicImage::ImageLuma8(regions) = picture(regions)? else { anyhow::bail!("the regions are no grey picture") };
    Ok(Upload { cutout: picture(cutout)?.into_rgb8(), regions })
}

/// The parts of a form, by their names. Asserts that their headers contain only the name, the file name `blob`, and the media type.
fn parts_of(form: &Recorded) -> Result<Vec<(String, Vec<u8>)>> {
    let content_type = form.headers.get("content-type").context("a content type")?.to_str()?;
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").context("a form")?;
    let (start, end) = (format!("--{boundary}\r\n"), format!("\r\n--{boundary}"));
    let (mut rest, mut parts) = (&form.body[..], Vec::new());
    while let Some(part) = rest.strip_prefix(start.as_bytes()) {
        let head = find(part, b"\r\n\r\n").context("a part's headers end")?;
        let length = find(&part[head + 4..], end.as_bytes()).context("a part ends")?;
        let headers = std::str::from_utf8(&part[..head])?;
        let name = headers.split('"').nth(1).context("a part has a name")?;
        let expected =
            format!("Content-Disposition: form-data; name=\"{name}\"; filename=\"blob\"\r\nContent-Type: image/png");
        assert_eq!(headers, expected, "a part has no other headers");
        parts.push((name.to_owned(), part[head + 4..][..length].to_vec()));
        rest = &part[head + 4 + length + 2..];
    }
    assert_eq!(rest, format!("--{boundary}--\r\n").as_bytes(), "nothing follows the parts");
    Ok(parts)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// The kinds of chunks in a PNG, sorted, without duplicates.
fn png_chunks(png: &[u8]) -> Vec<String> {
    let mut kinds = Vec::new();
    let mut at = 8;
    while let Some(header) = png.get(at..at + 8) {
        let length = u32::from_be_bytes([header[0], header[1], header[2], header[3]]) as usize;
        kinds.push(String::from_utf8_lossy(&header[4..]).into_owned());
        at += length + 12;
    }
    // Chunks that mark the pixels as sRGB come from the browser and reveal nothing about the visitor.
    kinds.retain(|kind| !["sRGB", "gAMA", "cHRM", "sBIT"].contains(&kind.as_str()));
    kinds.sort();
    kinds.dedup();
    kinds
}

/// Asserts: requests go only to the server, only searches have a body, and the file's name occurs nowhere.
fn nothing_but_searches(request: &Recorded, origin: &str) -> Result<()> {
    let uri = request.uri.to_string();
    anyhow::ensure!(uri.starts_with(origin), "a request left for {uri}");
    let search = uri.starts_with(&format!("{origin}{}", paths::SEARCH));
    anyhow::ensure!(search || request.body.is_empty(), "{uri} carries {} bytes", request.body.len());
    let holds_name = |bytes: &[u8]| bytes.windows(FILE_NAME.len()).any(|window| window == FILE_NAME.as_bytes());
    anyhow::ensure!(!holds_name(uri.as_bytes()) && !holds_name(&request.body), "{uri} carries the file's name");
    anyhow::ensure!(
        !request.headers.values().any(|value| holds_name(value.as_bytes())),
        "{uri} carries the file's name"
    );
    Ok(())
}

fn native_segmenter() -> Result<Segmenter> {
    let manifest = Manifest::parse(&std::fs::read_to_string(root().join("models/manifest.toml"))?)?;
    let onnx = std::fs::read(root().join("models").join(&manifest.street2fashion.file))?;
    Ok(Segmenter::from_onnx(&onnx, &manifest.street2fashion)?)
}

fn native_mask(segmenter: &Segmenter, photo: &RgbImage) -> Result<Vec<u8>> {
    let size = Size { width: photo.width(), height: photo.height() };
    Ok(segmenter.segment(Pixels::new(size, photo.as_raw())?)?.mask()?.as_slice().to_vec())
}

/// Number of pixels that are not white although no pixel of the mask is within the tolerance.
fn non_white_far_from(picture: &RgbImage, mask: &[u8]) -> usize {
    let size = picture.dimensions();
    picture.enumerate_pixels().filter(|(x, y, pixel)| pixel.0 != [255; 3] && !is_near(mask, size, *x, *y)).count()
}

/// Number of pixels of the regions that have a class although no pixel of the mask is within the tolerance of their centre.
fn classes_far_from(regions: &GrayImage, photo: &RgbImage, mask: &[u8]) -> usize {
    let size @ (width, height) = photo.dimensions();
    let centre = |at: u32, regions: u32, photo: u32| (2 * at + 1) * photo / (2 * regions);
    regions
        .enumerate_pixels()
        .filter(|(x, y, class)| {
            let (x, y) = (centre(*x, regions.width(), width), centre(*y, regions.height(), height));
            class.0[0] != Class::Background as u8 && !is_near(mask, size, x, y)
        })
        .count()
}

/// Whether a pixel of the mask is within the tolerance.
fn is_near(mask: &[u8], (width, height): (u32, u32), x: u32, y: u32) -> bool {
    let (width, height, reach) = (i64::from(width), i64::from(height), SILHOUETTE_TOLERANCE_PX);
    let (x, y) = (i64::from(x), i64::from(y));
    (y - reach..=y + reach).any(|y| {
        (x - reach..=x + reach)
            .any(|x| (0..width).contains(&x) && (0..height).contains(&y) && mask[(y * width + x) as usize] > 0)
    })
}
