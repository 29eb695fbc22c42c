//! Names of products. In: a design. Out: title, description and brand.

use stl_types::Category;

use crate::colour::Named;
use crate::design::{Closure, Cut, Design, Gender, Leg, Neck, Skirt, SkirtShape, Sleeve};
use crate::fabric::Weave;
use crate::rng::Rng;

/// Invented brands. Any similarity to a real one is a coincidence.
const BRANDS: [&str; 12] = [
    "Nordlicht Atelier",
    "Maison Perle",
    "Fjell & Co",
    "Studio Lindgrün",
    "Casa Mirto",
    "Oakhill",
    "Linea Nove",
    "Kastanje",
    "Blauwerk",
    "Petit Vélo",
    "Sorrel Street",
    "Tidewater",
];

/// The texts of a product.
pub(crate) struct Words {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) brand: &'static str,
}

pub(crate) fn words(rng: &mut Rng, category: Category, gender: Gender, design: &Design, color: Named) -> Words {
    let noun = noun(category, &design.cut, design.fabric.weave);
    let cloth = match (design.fabric.weave, category) {
        (Weave::Denim, _) if noun == "jeans" => "",
        (Weave::Denim, _) => "denim",
        (Weave::Linen, _) => "linen",
        (Weave::Cable, _) => "cable-knit",
        (Weave::Rib, _) => "ribbed",
        (Weave::Knit, _) => rng.pick(&["knitted", "wool", "cotton-knit"]),
        (Weave::Smooth, Category::Blazers) => rng.pick(&["wool", "twill", ""]),
        (Weave::Smooth, Category::Dresses | Category::Skirts) => rng.pick(&["viscose", "satin", "cotton", ""]),
        (Weave::Smooth, _) => rng.pick(&["cotton", "jersey", ""]),
    };
    let (cloth, noun) = if cloth == "denim" { ("denim", noun) } else { (cloth, noun) };
    let print = design.fabric.print.word();
    let fit = fit(&design.cut);
    // Plain products are named by their colour, printed ones by their print.
    let colour = color.name.strip_suffix(" denim").filter(|_| cloth == "denim").unwrap_or(color.name);
    let mut parts = vec![];
    parts.extend([if print.is_empty() { colour } else { print }, cloth, noun].into_iter().filter(|w| !w.is_empty()));
    let title = format!("{}, {fit}", sentence(&parts.join(" ")));
    let whom = match gender {
        Gender::Female => "women",
        Gender::Male => "men",
        Gender::Unisex => "everyone",
    };
    let close = rng.pick(&[
        "Made to be worn often.",
        "Easy to combine, easy to care for.",
        "Cut in our own atelier.",
        "A piece for more than one season.",
        "Soft to the touch and true to size.",
    ]);
    let pattern = if print.is_empty() { String::new() } else { format!(" with a {print} pattern") };
    let description = format!("{} in {}{pattern} for {whom}: {fit}. {close}", sentence(noun), color.name);
    Words { title, description, brand: rng.pick(&BRANDS) }
}

fn noun(category: Category, cut: &Cut, weave: Weave) -> &'static str {
    match (category, cut) {
        (Category::Blazers, _) => "blazer",
        (Category::Shirts, _) => "shirt",
        (Category::Jumpers, Cut::Upper(upper)) => match (upper.neck, upper.closure) {
            (Neck::Hood, Closure::Zip) => "zip hoodie",
            (Neck::Hood, _) => "hoodie",
            (_, Closure::Buttons) => "cardigan",
            (Neck::Turtle, _) => "turtleneck jumper",
            _ if weave == Weave::Smooth => "sweatshirt",
            _ => "jumper",
        },
        (Category::TShirts, Cut::Upper(upper)) if upper.neck == Neck::Polo => "polo shirt",
        (Category::TShirts, _) => "T-shirt",
        (Category::Tops, Cut::Upper(upper)) => match upper.sleeve {
            Sleeve::Straps => "strappy top",
            Sleeve::Puff => "puff-sleeve top",
            _ if upper.hem < 46.0 => "crop top",
            _ => "tank top",
        },
        (Category::Dresses, Cut::Dress(upper, skirt)) => match (upper.neck, skirt.shape, length(skirt)) {
            (Neck::Collar, ..) => "shirt dress",
            (_, SkirtShape::Pencil, _) => "shift dress",
            (_, _, "maxi") => "maxi dress",
            (_, _, "midi") => "midi dress",
            _ => "dress",
        },
        (Category::Skirts, Cut::Skirt(skirt)) => match (skirt.shape, length(skirt)) {
            (SkirtShape::Pleated, _) => "pleated skirt",
            (SkirtShape::Pencil, _) => "pencil skirt",
            (SkirtShape::Tiered, _) => "tiered skirt",
            (_, "mini") => "mini skirt",
            (_, "midi") => "midi skirt",
            (_, "maxi") => "maxi skirt",
            _ => "skirt",
        },
        (Category::Trousers, Cut::Trousers(trousers)) => match (weave, trousers.length < 0.6, trousers.drawstring) {
            (_, true, _) => "shorts",
            (Weave::Denim, ..) => "jeans",
            (_, _, true) => "joggers",
            _ if trousers.crease => "suit trousers",
            _ => "chinos",
        },
        _ => "piece",
    }
}

fn length(skirt: &Skirt) -> &'static str {
    match skirt.hem {
        hem if hem < 88.0 => "mini",
        hem if hem < 102.0 => "knee-length",
        hem if hem < 120.0 => "midi",
        _ => "maxi",
    }
}

fn fit(cut: &Cut) -> &'static str {
    match cut {
        Cut::Upper(upper) => match upper.ease {
            ease if ease < 2.0 => "fitted",
            ease if ease < 3.2 => "regular",
            ease if ease < 5.0 => "relaxed",
            _ => "oversize",
        },
        Cut::Dress(_, skirt) | Cut::Skirt(skirt) => length(skirt),
        Cut::Trousers(trousers) => match trousers.leg {
            Leg::Skinny => "skinny",
            Leg::Tapered => "tapered",
            Leg::Straight => "straight",
            Leg::Bootcut => "bootcut",
            Leg::Wide => "wide leg",
        },
    }
}

/// The text with a capital first letter.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The short name in captions, for example "rust jumper" or "striped midi skirt".
pub(crate) fn caption(category: Category, design: &Design, color: &str) -> String {
    let print = design.fabric.print.word();
    let noun = noun(category, &design.cut, design.fabric.weave);
    [print, color, noun].into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}
