//! The query string of a search, described once. In: parameters. Out: [`SearchParams`].

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use stl_types::Category;
use stl_types::limits::MAX_CARDS_PER_CATEGORY;
use stl_types::wire::MAX_EVENT_NAME_CHARS;
use utoipa::IntoParams;

use crate::catalogue::RuleChoice;
use crate::catalogue::feed::KeptColumns;
use crate::catalogue::filter::{AGE_GROUPS, Filter, GENDERS, PriceRange};
use crate::http::params::{cards, market, value, values};
use crate::pipeline::look::Subject;
use crate::pipeline::search::params::{MAX_DISLIKES, SearchParams};

/// The query string of a search. Unknown parameters are refused, since a misspelt filter would not filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(in crate::http::routes) struct SearchRequest {
    /// Search this category only; may be given several times
    #[param(required = false)]
    #[serde(deserialize_with = "categories")]
    pub(in crate::http::routes) category: Vec<Category>,
    /// What the cutout shows: a `person`, or one `garment` that nobody wears, whose likely categories are one row; `person` if not given
    #[param(inline)]
    #[serde(deserialize_with = "subject")]
    pub(in crate::http::routes) subject: Option<Subject>,
    /// The most cards for each category, 50 if not given
    #[param(minimum = 1, maximum = 50)]
    #[serde(deserialize_with = "limit")]
    limit: Option<usize>,
    /// The most ids of next best products after the cards of each row, none if not given; at most 50 with the cards
    #[param(minimum = 0, maximum = 50)]
    #[serde(deserialize_with = "further")]
    further: Option<usize>,
    /// The id of a product that the results should resemble less, and which is left out; may be given up to 5 times
    #[param(required = false)]
    #[serde(deserialize_with = "less_like")]
    less_like: Vec<String>,
    /// Only products for `female`, `male` or `unisex`; unisex products always pass; may be given several times
    #[param(required = false)]
    #[serde(deserialize_with = "genders")]
    gender: Vec<String>,
    /// Only products in this colour, in the shop's words; navy also finds Navy/White; may be given several times
    #[param(required = false)]
    #[serde(deserialize_with = "texts")]
    color: Vec<String>,
    /// Only products of this brand; may be given several times
    #[param(required = false)]
    #[serde(deserialize_with = "texts")]
    brand: Vec<String>,
    /// Only products for this age group: `newborn`, `infant`, `toddler`, `kids` or `adult`; may be given several times
    #[param(required = false)]
    #[serde(deserialize_with = "age_groups")]
    age_group: Vec<String>,
    /// Only products of this material; linen also finds cotton/linen; may be given several times
    #[param(required = false)]
    #[serde(deserialize_with = "texts")]
    material: Vec<String>,
    /// Only products with this pattern or print; may be given several times
    #[param(required = false)]
    #[serde(deserialize_with = "texts")]
    pattern: Vec<String>,
    /// Only products that can be bought in this size, with `in_stock` those that have it in stock; 38 also finds EU 38; may be given several times
    #[param(required = false)]
    #[serde(deserialize_with = "texts")]
    size: Vec<String>,
    /// Only products whose label of this name is this text, as `NAME:TEXT`; several of one name are alternatives, and each name has to fit
    #[param(required = false)]
    #[serde(deserialize_with = "labels")]
    label: Vec<(String, String)>,
    /// Only products with this text as their custom label 0; may be given several times
    #[param(required = false)]
    #[serde(deserialize_with = "texts")]
    custom_label_0: Vec<String>,
    /// The same of custom label 1
    #[param(required = false)]
    #[serde(deserialize_with = "texts")]
    custom_label_1: Vec<String>,
    /// The same of custom label 2
    #[param(required = false)]
    #[serde(deserialize_with = "texts")]
    custom_label_2: Vec<String>,
    /// The same of custom label 3
    #[param(required = false)]
    #[serde(deserialize_with = "texts")]
    custom_label_3: Vec<String>,
    /// The same of custom label 4
    #[param(required = false)]
    #[serde(deserialize_with = "texts")]
    custom_label_4: Vec<String>,
    /// Only products that cost at least this much, in minor units
    #[serde(deserialize_with = "amount_minor")]
    price_min: Option<u64>,
    /// Only products that cost at most this much, in minor units
    #[serde(deserialize_with = "amount_minor")]
    price_max: Option<u64>,
    /// Only products priced in this currency (ISO 4217)
    #[serde(deserialize_with = "currency")]
    currency: Option<String>,
    /// Only products in stock
    #[param(required = false)]
    #[serde(deserialize_with = "flag")]
    in_stock: bool,
    /// `off`: without the shop's rules, but for what is excluded in all variants; `on` if not given
    #[param(value_type = Option<String>)]
    #[serde(rename = "rules", deserialize_with = "rules_off")]
    are_rules_off: bool,
    /// The variant of an A/B test, whose rules apply as well
    #[param(value_type = Option<String>)]
    #[serde(deserialize_with = "variant")]
    variant: String,
    /// The market that is searched; the first one if not given
    #[param(value_type = Option<String>)]
    #[serde(deserialize_with = "market")]
    market: String,
}

impl From<SearchRequest> for SearchParams {
    fn from(request: SearchRequest) -> Self {
        let any_price = PriceRange::default();
        let limit = request.limit.unwrap_or(MAX_CARDS_PER_CATEGORY);
        let mut labels = BTreeMap::<String, Vec<String>>::new();
        for (name, text) in request.label {
            labels.entry(name).or_default().push(text);
        }
        for (name, texts) in [
            ("custom_label_0", request.custom_label_0),
            ("custom_label_1", request.custom_label_1),
            ("custom_label_2", request.custom_label_2),
            ("custom_label_3", request.custom_label_3),
            ("custom_label_4", request.custom_label_4),
        ] {
            if !texts.is_empty() {
                labels.entry(name.to_owned()).or_default().extend(texts);
            }
        }
        Self {
            market: request.market,
            categories: request.category,
            limit,
            further: request.further.unwrap_or(0).min(MAX_CARDS_PER_CATEGORY - limit),
            less_like: request.less_like,
            // The shop's setting, which no request changes.
            in_stock_first: false,
            rules: RuleChoice { off: request.are_rules_off, variant: request.variant },
            filter: Filter {
                genders: request.gender,
                colors: request.color,
                brands: request.brand,
                age_groups: request.age_group,
                materials: request.material,
                patterns: request.pattern,
                sizes: request.size,
                labels,
                price_minor: PriceRange {
                    lowest: request.price_min.unwrap_or(any_price.lowest),
                    highest: request.price_max.unwrap_or(any_price.highest),
                },
                currency: request.currency,
                in_stock: request.in_stock,
            },
        }
    }
}

fn categories<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Category>, D::Error> {
    values(deserializer, str::parse)
}

fn subject<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Subject>, D::Error> {
    value(deserializer, |text| match text {
        "person" => Ok(Some(Subject::Person)),
        "garment" => Ok(Some(Subject::Garment)),
        _ => Err(format!("expected person or garment, got {text:?}")),
    })
}

fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    value(deserializer, |text| cards(text).map(Some))
}

fn further<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    value(deserializer, |text| {
        let further = text.parse::<usize>().ok().filter(|further| *further <= MAX_CARDS_PER_CATEGORY);
        further.map(Some).ok_or_else(|| format!("expected a number from 0 to {MAX_CARDS_PER_CATEGORY}, got {text:?}"))
    })
}

fn genders<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    values(deserializer, |text| {
        let is_known = GENDERS.contains(&text);
        is_known.then(|| text.to_owned()).ok_or_else(|| format!("expected female, male or unisex, got {text:?}"))
    })
}

fn age_groups<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    values(deserializer, |text| {
        let is_known = AGE_GROUPS.contains(&text);
        is_known
            .then(|| text.to_owned())
            .ok_or_else(|| format!("expected one of {}, got {text:?}", AGE_GROUPS.join(", ")))
    })
}

fn labels<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, String)>, D::Error> {
    values(deserializer, |text| {
        let parts = text.split_once(':').map(|(name, label)| (KeptColumns::label_of(name), label.trim()));
        match parts {
            Some((name, label)) if !name.is_empty() && !label.is_empty() => Ok((name, label.to_owned())),
            _ => Err(format!("expected NAME:TEXT, got {text:?}")),
        }
    })
}

fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    values(deserializer, |text| {
        let is_text = !text.trim().is_empty();
        is_text.then(|| text.to_owned()).ok_or_else(|| format!("expected a text, got {text:?}"))
    })
}

fn less_like<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let ids = texts(deserializer)?;
    match ids.len() {
        ..=MAX_DISLIKES => Ok(ids),
        received => Err(D::Error::custom(format!("expected at most {MAX_DISLIKES} ids, got {received}"))),
    }
}

fn amount_minor<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    value(deserializer, |text| {
        text.parse::<u64>().map(Some).map_err(|_| format!("expected an amount in minor units, got {text:?}"))
    })
}

fn currency<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    value(deserializer, |text| {
        let is_code = text.len() == 3 && text.bytes().all(|letter| letter.is_ascii_uppercase());
        is_code
            .then(|| Some(text.to_owned()))
            .ok_or_else(|| format!("expected three capitals (ISO 4217), got {text:?}"))
    })
}

fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    value(deserializer, |text| text.parse().map_err(|_| format!("expected true or false, got {text:?}")))
}

/// Whether rules are off, for the parameter `rules`.
pub(in crate::http::routes) fn rules_off<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    value(deserializer, |text| match text {
        "off" => Ok(true),
        "on" => Ok(false),
        _ => Err(format!("expected on or off, got {text:?}")),
    })
}

/// The name of a variant.
pub(in crate::http::routes) fn variant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    value(deserializer, |text| {
        let is_name = text.chars().count() <= MAX_EVENT_NAME_CHARS && !text.chars().any(char::is_control);
        is_name
            .then(|| text.to_owned())
            .ok_or_else(|| format!("expected at most {MAX_EVENT_NAME_CHARS} characters, got {text:?}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::params::params;

    #[test]
    fn pairs_become_a_filter_or_say_what_was_expected() {
        let query = "gender=female&color=Navy&brand=M%C3%BCller+%26+Co&brand=x&price_max=4999&currency=EUR&in_stock=true\
             &age_group=adult&material=linen&pattern=dots&size=M&size=EU+38&label=fit:slim&label=fit:wide&custom_label_3=AW26";
        let SearchParams { categories, filter, limit, .. } =
            params::<SearchRequest>(query).expect("known parameters").into();
        assert_eq!((categories.len(), limit), (0, MAX_CARDS_PER_CATEGORY));
        let expected = Filter {
            genders: vec!["female".to_owned()],
            colors: vec!["Navy".to_owned()],
            brands: vec!["Müller & Co".to_owned(), "x".to_owned()],
            age_groups: vec!["adult".to_owned()],
            materials: vec!["linen".to_owned()],
            patterns: vec!["dots".to_owned()],
            sizes: vec!["M".to_owned(), "EU 38".to_owned()],
            labels: [
                ("fit".to_owned(), vec!["slim".to_owned(), "wide".to_owned()]),
                ("custom_label_3".to_owned(), vec!["AW26".to_owned()]),
            ]
            .into(),
            price_minor: PriceRange { lowest: 0, highest: 4999 },
            currency: Some("EUR".to_owned()),
            in_stock: true,
        };
        assert_eq!(filter, expected);
        for (name, value) in [
            ("gender", "f"),
            ("price_min", "-1"),
            ("price_max", "9.99"),
            ("currency", "eur"),
            ("in_stock", "yes"),
            ("limit", "51"),
            ("further", "51"),
            ("subject", "shoe"),
            ("age_group", "teens"),
            ("label", "slim"),
            ("rules", "none"),
            ("size", ""),
            ("color", ""),
            ("less_like", ""),
        ] {
            let message = params::<SearchRequest>(&format!("{name}={value}")).expect_err(name).to_string();
            assert!(message.starts_with(&format!("the parameter {name}: expected")), "{message}");
            assert!(message.ends_with(&format!("got {value:?}")), "{message}");
        }
        let many = "less_like=a&".repeat(MAX_DISLIKES + 1);
        let message = params::<SearchRequest>(&many).expect_err("one too many").to_string();
        assert_eq!(message, "the parameter less_like: expected at most 5 ids, got 6");
        let message = params::<SearchRequest>("category=hats").expect_err("no category").to_string();
        assert!(message.contains("\"hats\": expected one of blazers, dresses"), "{message}");
        let message = params::<SearchRequest>("utm_source=x").expect_err("unknown").to_string();
        assert!(message.starts_with("the parameter utm_source: unknown field"), "{message}");
    }

    #[test]
    fn categories_are_read_in_any_case_and_an_empty_query_searches_everything() {
        let request = params::<SearchRequest>("category=T-Shirts&category=skirts").expect("categories");
        assert_eq!(request.category, [Category::TShirts, Category::Skirts]);
        let everything = SearchParams::from(params::<SearchRequest>("").expect("nothing"));
        assert!(everything.categories.is_empty() && everything.filter.is_empty());
    }

    #[test]
    fn cards_and_further_products_are_fifty_together_at_most() {
        for (query, expected) in [
            ("", (50, 0)),
            ("further=50", (50, 0)),
            ("limit=10&further=40", (10, 40)),
            ("limit=20&further=50", (20, 30)),
        ] {
            let SearchParams { limit, further, .. } = params::<SearchRequest>(query).expect("known parameters").into();
            assert_eq!((limit, further), expected, "{query}");
        }
    }
}
