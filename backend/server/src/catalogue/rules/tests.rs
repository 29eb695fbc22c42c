use jiff::Timestamp;
use stl_types::wire::{Availability, RuleState};
use stl_types::{Category, Price};

use super::report::of_assortments;
use super::*;
use crate::catalogue::article::Article;
use crate::catalogue::article::tests::article;
use crate::catalogue::assortment::{Assortment, Assortments};
use crate::catalogue::sale::Sale;
use crate::catalogue::variant::Variant;
use crate::catalogue::variant::tests::variant;

fn moment(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

fn rules(text: &str) -> Rules {
    Rules::from_toml(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Six shirts and a top in the order of ids, and when each came.
fn shop() -> (Vec<Article>, Vec<i64>) {
    let of = |id: &str, brand: &str, amount_minor: u64| Article {
        brand: brand.to_owned(),
        price: Price { amount_minor, currency: "EUR".to_owned() },
        ..article(id)
    };
    let sale = Sale { amount_minor: 500, from: Some(moment("2026-11-27T00:00:00Z")), until: None };
    let articles = vec![
        of("a", "Acme", 1000),
        of("b", "ACME", 2000),
        Article { availability: Availability::OutOfStock, ..of("c", "Müller", 3000) },
        Article { sale: Some(sale), ..of("d", "Müller", 4000) },
        Article { labels: [("season".to_owned(), "AW26".to_owned())].into(), ..of("e", "", 5000) },
        Article { material: "cotton/linen".to_owned(), ..of("f", "", 6000) },
        Article { category: Category::Tops, ..of("g", "Acme", 7000) },
    ];
    let day = moment("2026-11-20T12:00:00Z").as_second();
    (articles, vec![0, day, day + 1, day, day, day, day])
}

/// The products and the state of each rule, and all problems.
fn reported(text: &str, now: &str) -> (Vec<(usize, RuleState)>, Vec<String>) {
    let (articles, came_s) = shop();
    let assortments = Assortments(vec![Assortment { market: String::new(), articles }]);
    let report = of_assortments(&rules(text), &assortments, &[came_s], moment(now));
    assert_eq!(report.problems.len(), report.problem_count);
    (report.rules.iter().map(|rule| (rule.products, rule.state)).collect(), report.problems)
}

#[test]
fn each_condition_is_met_by_the_products_that_fit_it() {
    let products = |conditions: &str, now: &str| {
        let text = format!("[[rule]]\nname = \"x\"\naction = \"boost\"\n{conditions}\n");
        reported(&text, now).0[0].0
    };
    let now = "2026-11-21T00:00:00Z";
    for (conditions, expected) in [
        ("id = \"a\"", 1),
        ("id = [\"a\", \"g\", \"nobody\", \"a\"]", 2),
        ("brand = \"acme\"", 3),
        ("brand = [\"acme\", \"MU\u{308}LLER\"]", 5),
        ("brand = \"acme\"\ncategory = \"tops\"", 1),
        ("category = [\"shirts\", \"tops\"]", 7),
        ("label = { Season = \"aw26\" }", 1),
        ("material = \"linen\"", 1),
        ("price_min = 2000\nprice_max = 4000", 3),
        ("price_max = 1000\ncurrency = \"EUR\"", 1),
        ("price_max = 1000\ncurrency = \"CHF\"", 0),
        ("in_stock = false", 1),
        ("in_stock = true", 6),
        ("new_since = 2026-11-20T12:00:00Z", 6),
        ("new_since = \"2026-11-20T13:00:01+01:00\"", 1),
        ("new_days = 1", 6),
        ("brand = \"acme\"\nnew_days = 1", 2),
        ("id = [\"a\", \"b\"]\nnew_days = 1", 1),
    ] {
        assert_eq!(products(conditions, now), expected, "{conditions}");
    }
    assert_eq!(products("price_max = 1000", "2026-11-27T00:00:00Z"), 2, "a sale has begun");
    assert_eq!(products("new_days = 1", "2026-11-21T12:00:00Z"), 6);
    assert_eq!(products("new_days = 1", "2026-11-21T12:00:01Z"), 1, "no longer new");
}

#[test]
fn ids_of_sizes_and_of_groups_name_articles() {
    let (mut articles, came_s) = shop();
    for (at, group, size) in [(0, "shirt", "a-m"), (1, "shirt", "b-m"), (2, "a", "shirt-x")] {
        articles[at].group = group.to_owned();
        articles[at].variants = vec![Variant { id: size.to_owned(), ..variant("M", 1000) }];
    }
    let (assortments, came_s) = (Assortments(vec![Assortment { market: String::new(), articles }]), [came_s]);
    let reported = |text: &str| of_assortments(&rules(text), &assortments, &came_s, moment("2026-11-21T00:00:00Z"));
    for (id, expected) in [("b-m", 1), ("shirt", 2), ("shirt-x", 1), ("a", 1), ("b-l", 0)] {
        let text = format!("[[rule]]\nname = \"x\"\naction = \"exclude\"\nid = [\"{id}\", \"{id}\"]\n");
        let report = reported(&text);
        assert_eq!(report.rules[0].products, expected, "{id}");
    }
    let text = "[[rule]]\nname = \"x\"\naction = \"pin\"\nposition = 1\nid = \"b-m\"\n\
                [[rule]]\nname = \"out\"\naction = \"exclude\"\nid = \"shirt\"\n";
    let report = reported(text);
    assert_eq!(report.problems, [r#"rules "x" and "out": the one pins "b", the other excludes it"#]);
}

#[test]
fn a_rule_acts_from_its_start_until_before_its_end() {
    let text = "[[rule]]\nname = \"x\"\naction = \"exclude\"\nid = \"a\"\nfrom = 2026-11-27T00:00:00+01:00\nuntil = 2026-11-30T00:00:00Z\n";
    for (now, state, problems) in [
        ("2026-11-26T22:59:59Z", RuleState::Waiting, 0),
        ("2026-11-26T23:00:00Z", RuleState::Active, 0),
        ("2026-11-29T23:59:59.999Z", RuleState::Active, 0),
        ("2026-11-30T00:00:00Z", RuleState::Ended, 1),
    ] {
        let (rules, found) = reported(text, now);
        assert_eq!((rules[0].1, found.len()), (state, problems), "{now}: {found:?}");
    }
    assert_eq!(reported(text, "2027-01-01T00:00:00Z").1, ["rule \"x\": ended at 2026-11-30T00:00:00Z"]);
}

#[test]
fn what_meets_nothing_or_contradicts_another_is_told() {
    let now = "2026-11-21T00:00:00Z";
    let pin = |name: &str, position: usize, ids: &str, more: &str| {
        format!("[[rule]]\nname = \"{name}\"\naction = \"pin\"\nposition = {position}\nid = {ids}\n{more}\n")
    };
    let exclude = "[[rule]]\nname = \"out\"\naction = \"exclude\"\nbrand = \"acme\"\n";
    let out_in_b = format!("{exclude}variant = \"b\"\n");
    for (text, expected) in [
        (
            "[[rule]]\nname = \"x\"\naction = \"bury\"\nbrand = \"Nobody\"\n".to_owned(),
            vec!["rule \"x\": no product fits it"],
        ),
        (
            pin("x", 1, r#"["p", "a", "q", "r", "s"]"#, ""),
            vec![r#"rule "x": there is no product "p", "q", "r" and 1 more"#],
        ),
        (
            pin("x", 1, r#"["a", "d"]"#, "") + exclude,
            vec![r#"rules "x" and "out": the one pins "a", the other excludes it"#],
        ),
        (pin("x", 1, r#"["a"]"#, "variant = \"a\"") + &out_in_b, vec![]),
        (
            pin("x", 1, r#"["a"]"#, "") + &out_in_b,
            vec![r#"rules "x" and "out": the one pins "a", the other excludes it"#],
        ),
        (
            "[[rule]]\nname = \"x\"\naction = \"exclude\"\nprice_min = 1\n".to_owned(),
            vec!["rule \"x\": excludes all 7 products"],
        ),
        (
            pin("x", 1, r#"["a", "b"]"#, "") + &pin("y", 2, r#"["c"]"#, ""),
            vec![r#"rules "x" and "y": both pin to position 2, "b" and then "c""#],
        ),
        (pin("x", 1, r#"["a"]"#, "") + &pin("y", 1, r#"["g"]"#, ""), vec![]),
        (
            pin("x", 1, r#"["a"]"#, "") + &pin("y", 3, r#"["a"]"#, ""),
            vec![r#"rules "x" and "y": both pin "a", the first one counts"#],
        ),
        (
            pin("x", 1, r#"["a"]"#, "until = 2026-12-01T00:00:00Z")
                + &pin("y", 1, r#"["b"]"#, "from = 2026-12-01T00:00:00Z"),
            vec![],
        ),
    ] {
        assert_eq!(reported(&text, now).1, expected, "{text}");
    }
}

#[test]
fn a_rule_of_a_market_meets_what_is_sold_there() {
    let (articles, came_s) = shop();
    let assortment =
        |market: &str, articles: &[Article]| Assortment { market: market.to_owned(), articles: articles.to_vec() };
    // In France `c` is in stock, `d` and what follows is not sold.
    let mut french = articles[..3].to_vec();
    french[2].availability = Availability::InStock;
    let assortments = Assortments(vec![assortment("de", &articles), assortment("fr", &french)]);
    let came_s = [came_s.clone(), came_s[..3].to_vec()];
    let reported = |text: &str| {
        let report = of_assortments(&rules(text), &assortments, &came_s, moment("2026-11-21T00:00:00Z"));
        (report.rules.iter().map(|rule| rule.products).collect::<Vec<_>>(), report.problems)
    };
    let of = |name: &str, market: &str, more: &str| {
        format!("[[rule]]\nname = \"{name}\"\naction = \"exclude\"\nmarket = \"{market}\"\n{more}\n")
    };
    let all = ["", "de", "fr"].map(|market| of(&format!("in {market}-"), market, "in_stock = true"));
    let everything =
        ["", "fr"].map(|market| format!(r#"rule "in {market}-": excludes all 3 products of the market "fr""#));
    assert_eq!(reported(&all.concat()), (vec![7, 6, 3], everything.to_vec()), "each product once");
    let pin = "[[rule]]\nname = \"pin\"\naction = \"pin\"\nposition = 1\nid = \"a\"\n";
    let contradiction = r#"rules "pin" and "out": the one pins "a", the other excludes it"#.to_owned();
    let (both, out) = (format!("{pin}market = \"de\"\n"), |market: &str| of("out", market, "brand = \"acme\""));
    assert_eq!(reported(&(both.clone() + &out("fr"))), (vec![1, 2], vec![]));
    assert_eq!(reported(&(both + &out("de"))), (vec![1, 3], vec![contradiction.clone()]));
    assert_eq!(reported(&(pin.to_owned() + &out(""))), (vec![1, 3], vec![contradiction]), "named once");
    let unknown = r#"rule "out": there is no market "it": expected one of de, fr"#.to_owned();
    assert_eq!(reported(&out("it")), (vec![0], vec![unknown]));
    let gone = r#"rule "x": there is no product "g""#.to_owned();
    let ids = |market: &str| of("x", market, "id = [\"a\", \"g\"]");
    assert_eq!((reported(&ids("de")).1, reported(&ids("fr")).1), (vec![], vec![gone]));
}

#[test]
fn rules_that_cannot_be_used_say_what_was_expected() {
    let one = |fields: &str| format!("[[rule]]\nname = \"x\"\n{fields}\n");
    let pin = |fields: &str| one(&format!("action = \"pin\"\n{fields}"));
    let boost = |fields: &str| one(&format!("action = \"boost\"\n{fields}"));
    for (text, expected) in [
        ("[[rule]".to_owned(), "the rules cannot be read: line 1: "),
        ("a = 1\n\n[[rule]]\nname = = 2".to_owned(), "the rules cannot be read: line 4: "),
        ("rules = []".to_owned(), "expected only [[rule]] tables, got \"rules\""),
        ("rule = 3".to_owned(), "expected only [[rule]] tables, got \"rule = a number\""),
        ("[[rule]]\nname = \"\"\naction = \"boost\"\nid = \"a\"".to_owned(), "rule 1: name: expected one, got none"),
        (
            format!("{}{}", boost("id = \"a\""), boost("id = \"b\"")),
            "rule 2 (\"x\"): name: expected one that no other rule has",
        ),
        (boost(""), "rule 1 (\"x\"): expected a condition"),
        (boost("id = \"a\"\ncolour = \"red\""), "rule 1 (\"x\"): colour: unknown field `colour`, expected one of"),
        (boost("category = \"hats\""), "rule 1 (\"x\"): category: expected one of blazers, dresses"),
        (boost("id = \"a\"\nby = 0"), "rule 1 (\"x\"): by: expected a number above 0, at most 100, got 0"),
        (boost("id = \"a\"\nby = nan"), "rule 1 (\"x\"): by: "),
        (boost("id = \"a\"\nby = 101"), "by: expected a number above 0, at most 100, got 101"),
        (boost("id = \"a\"\nposition = 1"), "position: expected none, as only a pin has one"),
        (one("action = \"exclude\"\nid = \"a\"\nby = 1"), "by: expected none, as only boost and bury have it"),
        (pin("id = \"a\""), "position: expected one, got none"),
        (pin("position = 51\nid = \"a\""), "position: expected 1 to 50, got 51"),
        (pin("position = 1\nbrand = \"a\""), "id: expected the ids of the products to pin, got none"),
        (pin("position = 50\nid = [\"a\", \"b\"]"), "id: expected at most 1 to pin from position 50 on, got 2"),
        (boost("gender = \"men\""), "gender: expected one of female, male, unisex, got \"men\""),
        (boost("age_group = \"teens\""), "age_group: expected one of newborn"),
        (boost("brand = \" \""), "brand: expected texts, got an empty one"),
        (boost("brand = 3"), "brand: expected a text or a list of texts, got 3"),
        (boost("price_min = 9\nprice_max = 8"), "price_max: expected at least the lowest price 9, got 8"),
        (boost("price_min = -1"), "price_min: expected a whole number from 0 on, got -1"),
        (boost("id = \"a\"\ncurrency = \"eur\""), "currency: expected three capitals (ISO 4217), got \"eur\""),
        (boost("id = \"a\"\nby = \"much\""), "rule 1 (\"x\"): by: expected a number, got \"much\""),
        (one("id = \"a\""), "action is missing"),
        (one("action = 3\nid = \"a\""), "rule 1 (\"x\"): action: expected a text, got 3"),
        (boost("category = [\"shirts\", 3]"), "category[1]: expected a text, got 3"),
        (boost("in_stock = \"yes\""), "in_stock: expected true or false, got \"yes\""),
        (boost("label = \"season\""), "label: expected a table, got \"season\""),
        (boost("new_days = 5000000000"), "new_days: expected a whole number from 0 to 4294967295, got 5000000000"),
        (boost("new_days = 0"), "new_days: expected 1 to 365, got 0"),
        (boost("new_since = \"yesterday\""), "new_since: expected a moment of RFC 3339 such as"),
        (boost("id = \"a\"\nfrom = 2026-11-27"), "from: expected a moment of RFC 3339"),
        (
            boost("id = \"a\"\nfrom = 2026-11-27T00:00:00Z\nuntil = 2026-11-27T00:00:00Z"),
            "until: expected a moment after 2026-11-27T00:00:00Z, got 2026-11-27T00:00:00Z",
        ),
        (boost("id = \"a\"\nvariant = \"b \""), "variant: expected no control characters, and no spaces around it"),
    ] {
        let message = Rules::from_toml(&text).expect_err(&text).to_string();
        assert!(message.contains(expected), "{text}: {message}");
    }
    let many = |count: usize, more: &str| -> String {
        (0..count)
            .map(|at| {
                format!(
                    "[[rule]]\nname = \"{at}\"\naction = \"boost\"\nid = \"a\"\n{}",
                    more.replace('#', &at.to_string())
                )
            })
            .collect()
    };
    assert_eq!(Rules::from_toml(&many(MAX_RULES, "")).map(|rules| rules.iter().len()), Ok(MAX_RULES));
    assert_eq!(Rules::from_toml(&many(MAX_RULES + 1, "")), Err(RulesError::TooMany(MAX_RULES + 1)));
    assert_eq!(Rules::from_toml(&many(9, "variant = \"#\"\n")), Err(RulesError::TooManyVariants(9)));
    let long = "#".repeat(MAX_RULES_BYTES + 1);
    assert_eq!(Rules::from_toml(&long), Err(RulesError::TooLong { received_bytes: MAX_RULES_BYTES + 1 }));
    let ids: Vec<String> = (0..50).map(|id| format!("\"{id}\"")).collect();
    let pins = |count: usize| -> String {
        let ids = ids.join(",");
        (0..count)
            .map(|at| format!("[[rule]]\nname = \"{at}\"\naction = \"pin\"\nposition = 1\nid = [{ids}]\n"))
            .collect()
    };
    assert!(Rules::from_toml(&pins(10)).is_ok());
    assert_eq!(Rules::from_toml(&pins(11)), Err(RulesError::TooManyPinned(550)));
}

#[test]
fn rules_in_json_that_are_too_long_in_toml_are_not_written() {
    let rule = serde_json::json!({"name": "x", "action": "exclude", "id": vec!["a"; 250_000]});
    let text = serde_json::json!({"rule": [rule]}).to_string();
    assert!(text.len() < MAX_RULES_BYTES);
    let rules = Rules::from_json(&text).expect("rules");
    assert!(matches!(rules.to_toml(), Err(RulesError::TooLong { received_bytes: 1_048_577.. })));
}

#[test]
fn json_and_toml_are_the_same_rules() {
    let toml = "[[rule]]\nname = \"Größe\"\naction = \"bury\"\nby = 0.3\nbrand = \"Acme\"\nlabel = { season = [\"AW26\", \"SS27\"] }\nfrom = 2026-11-27T00:00:00Z\n";
    let json = r#"{"rule": [{"name": "Größe", "action": "bury", "by": 0.3, "brand": ["Acme"], "label": {"season": ["AW26", "SS27"]}, "from": "2026-11-27T00:00:00Z"}]}"#;
    let read = rules(toml);
    assert_eq!(Rules::from_json(json), Ok(read.clone()));
    let written = read.to_toml().expect("written");
    assert_eq!(rules(&written), read, "{written}");
    assert!(rules("").is_empty() && rules("# nothing\n").is_empty());
    assert_eq!(Rules::from_json("[]"), Err(RulesError::Unknown("a list".to_owned())));
}

#[test]
fn a_file_is_stored_read_and_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().join("catalogue");
    let none = stored::read(&folder).expect("nothing is there");
    assert!(none.rules.is_empty() && none.stamp.is_none() && stored::stamp(&folder).is_none());
    assert!(!stored::clear(&folder).expect("nothing to remove"));
    let text = "# ours\n[[rule]]\nname = \"x\"\naction = \"exclude\"\nid = \"a\"\n";
    let written = stored::write(&folder, rules(text), text).expect("written");
    let read = stored::read(&folder).expect("read");
    assert_eq!((&*read.text, read.rules, read.stamp), (text, written.rules, written.stamp));
    assert!(stored::clear(&folder).expect("removed"));
    std::fs::write(folder.join(FILE), "[[rule]]\nname = 3\n").expect("written");
    let message = stored::read(&folder).expect_err("no name").to_string();
    assert!(message.contains("rules.toml: rule 1: name: expected a text, got 3"), "{message}");
}
