//! `POST /api/v1/search` with a form: a cutout and its regions.

use axum::http::StatusCode;
use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage};
use stl_types::wire::{SearchResponse, SeenGarment};
use stl_types::{Category, Class};

use crate::requests::{Answer, form, post, ready_app};
use crate::support::{BLUE, RED, png};

const PATH: &str = "/api/v1/search";

/// Where [`person`] wears a shirt and trousers: left, top, right, bottom.
const SHIRT: [u32; 4] = [80, 60, 220, 180];
const TROUSERS: [u32; 4] = [100, 200, 200, 380];

/// Rectangles of one colour each on white, 300×400.
fn rectangles(parts: &[([u32; 4], [u8; 3])]) -> DynamicImage {
    let colour = |x, y| {
        let at = |[left, top, right, bottom]: [u32; 4]| (left..right).contains(&x) && (top..bottom).contains(&y);
        parts.iter().find(|(part, _)| at(*part)).map_or([255; 3], |(_, colour)| *colour)
    };
    RgbImage::from_fn(300, 400, |x, y| Rgb(colour(x, y))).into()
}

fn person() -> Vec<u8> {
    png(&rectangles(&[(SHIRT, RED), (TROUSERS, BLUE)]))
}

/// The regions of [`person`] at a tenth of its size.
fn regions() -> GrayImage {
    let at = |x, y, [left, top, right, bottom]: [u32; 4]| {
        (left..right).contains(&(x * 10)) && (top..bottom).contains(&(y * 10))
    };
    GrayImage::from_fn(30, 40, |x, y| match (at(x, y, SHIRT), at(x, y, TROUSERS)) {
        (true, _) => Luma([Class::Shirts as u8]),
        (_, true) => Luma([Class::Trousers as u8]),
        _ => Luma([Class::Background as u8]),
    })
}

async fn search(parts: &[(&str, Vec<u8>)]) -> Answer {
    let (content_type, body) = form(parts);
    post(ready_app(), PATH, content_type, body).await
}

#[track_caller]
fn found(answer: &Answer) -> SearchResponse {
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    answer.json()
}

#[tokio::test]
async fn categories_that_were_seen_come_first_each_with_its_box_and_share() {
    let response = found(&search(&[("cutout", person()), ("regions", png(&regions().into()))]).await);
    assert_eq!(response.categories.len(), Category::ALL.len());
    let first: Vec<_> = response.categories[..2].iter().map(|found| (found.category, found.garment)).collect();
    // 10×18 of 348 pixels, and 14×12.
    let seen = |[left, top, right, bottom]: [u32; 4], share| {
        Some(SeenGarment { left, top, width: right - left, height: bottom - top, share })
    };
    let expected = [
        (Category::Trousers, seen(TROUSERS, (180.0_f64 / 348.0) as f32)),
        (Category::Shirts, seen(SHIRT, (168.0_f64 / 348.0) as f32)),
    ];
    assert_eq!(first, expected);
    let others = &response.categories[2..];
    assert!(others.iter().all(|found| found.garment.is_none()));
    assert!(others.is_sorted_by(|a, b| a.cards[0].score >= b.cards[0].score));
}

#[tokio::test]
async fn a_garment_is_searched_by_itself_and_stands_in_for_its_part_of_the_body() {
    let response = found(&search(&[("cutout", person()), ("regions", png(&regions().into()))]).await);
    let plain = async |parts: &[([u32; 4], [u8; 3])]| -> SearchResponse {
        found(&post(ready_app(), PATH, "image/png", png(&rectangles(parts))).await)
    };
    let shirt = plain(&[(SHIRT, RED)]).await;
    let trousers = plain(&[(TROUSERS, BLUE)]).await;
    let whole = plain(&[(SHIRT, RED), (TROUSERS, BLUE)]).await;
    let cards = |response: &SearchResponse, category| {
        let found = response.categories.iter().find(|found| found.category == category);
        found.expect("every category is answered").cards.clone()
    };
    for (category, alone) in [
        (Category::Shirts, &shirt),
        (Category::Tops, &shirt),
        (Category::Trousers, &trousers),
        (Category::Skirts, &trousers),
        (Category::Dresses, &whole),
    ] {
        assert_eq!(cards(&response, category), cards(alone, category), "{category}");
    }
}

#[tokio::test]
async fn without_regions_a_form_is_answered_as_the_picture_alone() {
    let form = found(&search(&[("cutout", person())]).await);
    let plain = found(&post(ready_app(), PATH, "image/png", person()).await);
    assert_eq!(form.categories, plain.categories);
    let nothing_seen = DynamicImage::from(GrayImage::new(30, 40));
    let nothing_seen = found(&search(&[("cutout", person()), ("regions", png(&nothing_seen))]).await);
    assert_eq!(nothing_seen.categories, plain.categories);
}

#[tokio::test]
async fn a_garment_as_white_as_the_ground_is_searched_with_the_whole_person() {
    let mut regions = regions();
    regions.put_pixel(2, 2, Luma([Class::Dresses as u8]));
    for (x, y) in (0..10).flat_map(|x| (0..4).map(move |y| (x, y))) {
        regions.put_pixel(x, y, Luma([Class::Dresses as u8]));
    }
    let response = found(&search(&[("cutout", person()), ("regions", png(&regions.into()))]).await);
    assert!(response.categories.iter().any(|found| found.category == Category::Dresses && found.garment.is_some()));
}

#[tokio::test]
async fn regions_that_do_not_fit_get_a_problem() {
    let grey = |width, height, class| png(&GrayImage::from_pixel(width, height, Luma([class])).into());
    let truncated = {
        let whole = png(&regions().into());
        whole[..whole.len() - 30].to_vec()
    };
    for (regions, expected) in [
        (grey(301, 401, 3), (422, "bad-regions")),
        (grey(40, 30, 3), (422, "bad-regions")),
        (grey(30, 40, 13), (422, "bad-regions")),
        (png(&DynamicImage::new_rgb8(30, 40)), (422, "bad-regions")),
        (png(&DynamicImage::new_luma16(30, 40)), (422, "bad-regions")),
        (b"no picture".to_vec(), (422, "bad-regions")),
        (Vec::new(), (422, "bad-regions")),
        (truncated, (422, "bad-regions")),
        (vec![0; 256 * 1024 + 1], (413, "regions-too-large")),
    ] {
        let answer = search(&[("cutout", person()), ("regions", regions)]).await;
        let (status, code) = answer.problem();
        assert_eq!((status, code.as_str()), expected, "{:?}", answer.body);
    }
}

#[tokio::test]
async fn a_form_that_is_no_search_gets_a_problem() {
    let regions = || png(&regions().into());
    for (parts, expected) in [
        (vec![], (400, "bad-form")),
        (vec![("regions", regions())], (400, "bad-form")),
        (vec![("cutout", person()), ("cutout", person())], (400, "bad-form")),
        (vec![("cutout", person()), ("photo", person())], (400, "bad-form")),
        (vec![("cutout", Vec::new())], (400, "empty-body")),
        (vec![("cutout", b"Dear diary".to_vec())], (422, "not-a-picture")),
        (vec![("cutout", vec![0; 4 * 1024 * 1024])], (413, "upload-too-large")),
    ] {
        let answer = search(&parts).await;
        let (status, code) = answer.problem();
        assert_eq!((status, code.as_str()), expected, "{:?}", answer.body);
    }
    for (content_type, body) in
        [("multipart/form-data", &b"--edge--"[..]), ("multipart/form-data; boundary=edge", b"--edge\r\nbroken")]
    {
        let answer = post(ready_app(), PATH, content_type, body.to_vec()).await;
        assert_eq!(answer.problem(), (400, "bad-form".to_owned()), "{:?}", answer.body);
    }
}
