//! `POST /api/v1/search` with a form: a cutout and its regions.

use axum::http::StatusCode;
use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage};
use stl_types::wire::{CategoryCards, LikelyCategory, SearchResponse, SeenGarment};
use stl_types::{Category, Class, Layer};

use crate::requests::{Answer, form, post, ready_app};
use crate::support::{BLUE, PRODUCTS, RED, png};

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
    search_with("", parts).await
}

async fn search_with(query: &str, parts: &[(&str, Vec<u8>)]) -> Answer {
    let (content_type, body) = form(parts);
    post(ready_app(), &format!("{PATH}{query}"), content_type, body).await
}

/// [`regions`] with another class for each pixel of the shirt, by its column.
fn regions_of_shirt(class: impl Fn(u32) -> Class) -> Vec<u8> {
    let mut regions = regions();
    for (x, _, pixel) in regions.enumerate_pixels_mut().filter(|(_, _, pixel)| pixel.0 == [Class::Shirts as u8]) {
        *pixel = Luma([class(x) as u8]);
    }
    png(&regions.into())
}

/// The left half of the upper garment is a t-shirt, the right half a top.
fn halves() -> Vec<u8> {
    regions_of_shirt(|x| if x * 10 < (SHIRT[0] + SHIRT[2]) / 2 { Class::TShirts } else { Class::Tops })
}

fn likely(category: Category, probability: f32) -> LikelyCategory {
    LikelyCategory { category, probability }
}

#[track_caller]
fn found(answer: &Answer) -> SearchResponse {
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    answer.json()
}

#[tokio::test]
async fn categories_that_were_seen_come_first_each_with_its_box_and_share() {
    let response = found(&search(&[("cutout", person()), ("regions", png(&regions().into()))]).await);
    // The upper garment's row has the six categories for the upper body.
    assert_eq!(response.categories.len(), Category::ALL.len() - 5);
    let first: Vec<_> = response.categories[..2].iter().map(|found| (found.category, found.garment)).collect();
    // 10×18 of 348 pixels, and 14×12.
    let seen = |[left, top, right, bottom]: [u32; 4], share, layer| {
        Some(SeenGarment { left, top, width: right - left, height: bottom - top, share, layer, outerwear: false })
    };
    let expected = [
        (Category::Trousers, seen(TROUSERS, (180.0_f64 / 348.0) as f32, Layer::Lower)),
        (Category::Shirts, seen(SHIRT, (168.0_f64 / 348.0) as f32, Layer::Upper)),
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
    // The products of a category in their order, whichever row they are in.
    let cards = |response: &SearchResponse, category| -> Vec<String> {
        let cards =
            response.categories.iter().flat_map(|row| &row.cards).filter(|card| card.product.category == category);
        cards.map(|card| card.product.id.clone()).collect()
    };
    for (category, alone) in [
        (Category::Shirts, &shirt),
        (Category::Tops, &shirt),
        (Category::Trousers, &trousers),
        (Category::Skirts, &trousers),
        (Category::Dresses, &shirt),
    ] {
        assert_eq!(cards(&response, category).len(), 3, "every category is answered");
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
    for (x, y) in (0..10).flat_map(|x| (0..4).map(move |y| (x, y))) {
        regions.put_pixel(x, y, Luma([Class::Blazers as u8]));
    }
    let response = found(&search(&[("cutout", person()), ("regions", png(&regions.into()))]).await);
    let whole = found(&post(ready_app(), PATH, "image/png", person()).await);
    let blazers = |response: &SearchResponse| {
        response.categories.iter().find(|row| row.category == Category::Blazers).expect("a row").clone()
    };
    assert_eq!(blazers(&response).garment.expect("seen").layer, Layer::Outer);
    assert_eq!(blazers(&response).cards, blazers(&whole).cards);
}

/// The probability that a row names for a category; 0 if it does not.
fn probability(row: &CategoryCards, category: Category) -> f32 {
    row.likely.iter().find(|likely| likely.category == category).map_or(0.0, |likely| likely.probability)
}

#[tokio::test]
async fn a_garment_of_several_likely_categories_is_one_row_in_one_order() {
    let response = found(&search(&[("cutout", person()), ("regions", halves())]).await);
    assert_eq!((response.categories.len(), response.articles_scored), (Category::ALL.len() - 5, PRODUCTS));
    let row = &response.categories[1];
    assert_eq!(row.garment.map(|garment| garment.layer), Some(Layer::Upper));
    // A share of .3 is the garment's kinds', mostly those that its pixels vote for; half is the layer's four categories', and .2 are blazers'
    // and dresses'.
    let mut first = [row.likely[0].category, row.likely[1].category];
    first.sort_by_key(|category| category.index());
    assert_eq!(
        (row.category, first),
        (row.likely[0].category, [Category::TShirts, Category::Tops]),
        "{:?}",
        row.likely
    );
    let least = [
        (Category::TShirts, 0.2),
        (Category::Tops, 0.2),
        (Category::Jumpers, 0.125),
        (Category::Shirts, 0.125),
        (Category::Blazers, 0.1),
        (Category::Dresses, 0.1),
    ];
    for (category, least) in least {
        assert!(probability(row, category) >= least, "{category}: {:?}", row.likely);
    }
    assert_eq!(row.likely.len(), least.len());
    assert!(row.cards.len() == 18 && row.cards.is_sorted_by(|a, b| a.score >= b.score), "{:?}", row.cards);
    let alone = found(&post(ready_app(), PATH, "image/png", png(&rectangles(&[(SHIRT, RED)]))).await);
    for category in [Category::TShirts, Category::Tops] {
        let alone = alone.categories.iter().find(|row| row.category == category).expect("all categories");
        for card in &alone.cards {
            let in_row = row.cards.iter().find(|other| other.product == card.product).expect("in the row");
            assert!((in_row.score - (card.score + 0.5 * probability(row, category).ln())).abs() < 1e-5, "{category}");
        }
        let others = &response.categories[2..];
        assert!(others.iter().all(|row| row.category != category && row.likely.is_empty()), "once is enough");
    }
    let sure = &response.categories[0];
    assert_eq!((sure.category, sure.likely.len()), (Category::Trousers, 1), "{:?}", sure.likely);
    assert!(probability(sure, Category::Trousers) > 0.7, "nearly all of its pixels say so: {:?}", sure.likely);
}

#[tokio::test]
async fn a_search_of_some_categories_narrows_the_row_of_a_garment() {
    let parts = [("cutout", person()), ("regions", halves())];
    let tops = found(&search_with("?category=tops", &parts).await);
    assert_eq!(tops.categories.len(), 1);
    let all = found(&search(&parts).await);
    assert_eq!(tops.categories[0].likely, [likely(Category::Tops, probability(&all.categories[1], Category::Tops))]);
    assert!(tops.categories[0].garment.is_some());
    assert!(tops.categories[0].cards.iter().all(|card| card.product.category == Category::Tops));
    assert_eq!((tops.categories[0].cards.len(), tops.articles_scored), (3, 3));
    // What was not seen is searched with the garment on the same part of the body.
    let skirts = found(&search_with("?category=skirts", &parts).await);
    assert_eq!(skirts.categories.len(), 1);
    assert_eq!((skirts.categories[0].category, skirts.categories[0].garment), (Category::Skirts, None));
}

#[tokio::test]
async fn a_coat_is_searched_with_blazers_and_jumpers_and_the_row_says_so() {
    let parts = [("cutout", person()), ("regions", regions_of_shirt(|_| Class::Outerwear))];
    let response = found(&search(&parts).await);
    let coat = &response.categories[1];
    let garment = coat.garment.expect("seen");
    assert_eq!((garment.layer, garment.outerwear), (Layer::Outer, true));
    // Half of outerwear's probability each.
    for category in [Category::Blazers, Category::Jumpers] {
        assert!(probability(coat, category) > 0.4, "{:?}", coat.likely);
    }
}

#[tokio::test]
async fn two_garments_may_be_of_one_category() {
    // A jacket over a jumper, each of half the columns.
    let middle = (SHIRT[0] + SHIRT[2]) / 2;
    let regions = regions_of_shirt(|x| if x * 10 < middle { Class::Outerwear } else { Class::Jumpers });
    let response = found(&search(&[("cutout", person()), ("regions", regions)]).await);
    let rows: Vec<_> = response.categories[..3].iter().map(|row| row.garment.map(|garment| garment.layer)).collect();
    assert_eq!(rows, [Layer::Lower, Layer::Upper, Layer::Outer].map(Some));
    let [_, jumper, jacket] = &response.categories[..3] else { panic!("three rows") };
    assert_eq!(jumper.category, Category::Jumpers);
    assert!(probability(jacket, Category::Blazers) > 0.4 && probability(jacket, Category::Jumpers) > 0.4);
    assert_eq!(response.articles_scored, PRODUCTS, "jumpers count once");
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
