//! What is done to both catalogues, one after the other, and what is refused. In: nothing. Out: [`STEPS`], [`OTHERS`], [`REFUSED`].

/// A `catalogue` command.
pub(super) struct Step {
    /// Its words.
    pub(super) does: &'static str,
    /// Its exit status.
    pub(super) status: i32,
    /// A part of what it says.
    pub(super) says: &'static str,
    /// Whether servers are asked afterwards, and what of them tells that they have followed.
    pub(super) sees: Option<Sees>,
}

/// What a server's answer has, or has no more, once it has followed.
pub(super) struct Sees {
    pub(super) path: &'static str,
    pub(super) text: &'static str,
    pub(super) is_there: bool,
}

const fn step(does: &'static str, status: i32, says: &'static str) -> Step {
    Step { does, status, says, sees: None }
}

impl Step {
    const fn then(self, path: &'static str, text: &'static str, is_there: bool) -> Self {
        Self { sees: Some(Sees { path, text, is_there }), ..self }
    }
}

const SIMILAR: &str = "/api/v1/products/tops-a/similar";
const FACETS: &str = "/api/v1/facets";

/// In their order: each begins with what the former ones have left. A row of the shop's feed, boots, is left out each time.
pub(super) const STEPS: &[Step] = &[
    step("import shop --categories table.txt --keep Season", 2, "1 row merged into other rows")
        .then(SIMILAR, "tops-b", true),
    step("update prices.tsv", 2, "3 products changed").then(
        "/api/v1/products/shirts-a",
        "\"amount_minor\":1900,",
        true,
    ),
    step("update nothing.jsonl", 1, "0 products changed"),
    step("update sale.jsonl", 0, "1 product changed"),
    step("rules odd.toml", 2, "note: rule \"x\": no product fits it"),
    step("rules wrong.toml", 1, "expected a condition"),
    step("rules plain.toml", 0, "exclude       recalled").then(SIMILAR, "\"tops-b\"", false),
    step("rules rules.toml --dry-run", 2, "there is no market \"ch\""),
    step("import shop --categories table.txt --keep Season", 2, "(0 encoded, 10 unchanged, 1 row left out)"),
    step("import ch --market ch", 0, "also has products of no market").then("/api/v1/facets?market=ch", "CHF", true),
    step("markets --rename =de", 0, "  de  [first]"),
    step("markets --first ch", 0, "  ch  [first]").then(FACETS, "CHF", true),
    step("markets --first fr", 1, "there is no market \"fr\": expected one of ch, de"),
    step("rules rules.toml", 0, "pin to 1      first  [market ch]"),
    step("markets --rename ch=schweiz", 0, "1 rule of this market changed to the new name").then(
        "/api/v1/facets?market=schweiz",
        "CHF",
        true,
    ),
    step("update ch.jsonl --market schweiz", 0, "1 product changed").then(FACETS, "3300", true),
    step("update euros.jsonl --market schweiz", 0, "1 price in EUR, and the market's were in CHF"),
    step("update francs.jsonl --market schweiz", 0, "1 product changed"),
    step("delete shirts-c --market de", 0, "1 product deleted"),
    step("delete nobody shirts-b --market de", 2, "there is no product \"nobody\"").then(
        "/api/v1/products/shirts-b?market=de",
        "unknown-product",
        true,
    ),
    step("import fr --market fr", 0, "1 product in PLACE, market fr"),
    step("markets --remove fr", 0, "the market is removed with its 1 product"),
    step("import few --market de", 1, "the feed would leave 4 of 8 products"),
    step("import few --market de --dry-run", 1, "the feed would leave 4 of 8 products"),
    step("import few --market de --force", 0, "4 products in PLACE, market de").then(
        "/api/v1/products/tops-a?market=de",
        "unknown-product",
        true,
    ),
    step("import shop --market de --categories table.txt --keep Season", 2, "10 products in PLACE, market de"),
    step(
        "import renumbered --market de --categories table.txt --keep Season",
        2,
        "3 new products with the picture of one that is gone",
    )
    .then("/api/v1/products/tops-a-2?market=de", "Top a", true),
    step("import shop --market de --categories table.txt --keep Season", 2, "10 products in PLACE, market de"),
    step("rules --clear", 0, "the rules are removed").then(
        "/api/v1/products/tops-a/similar?market=de",
        "\"tops-b\"",
        true,
    ),
    step("rules --clear", 0, "there are no rules"),
    step("rules rules.toml", 2, "there is no market \"ch\": expected one of schweiz, de"),
    step("import ch --market schweiz", 0, "3 products in PLACE, market schweiz").then(FACETS, "3500", true),
    step("migrate", 0, "this program's: nothing was changed"),
];

/// Other commands of the program: words, the exit status, and a part of what they say.
pub(super) const OTHERS: &[(&str, i32, &str)] = &[
    ("adapt --undo", 2, "the shipped match serves already"),
    ("adapt", 1, "expected products with further pictures in which somebody wears them"),
];

/// Commands that a catalogue in PostgreSQL refuses (docs/scale.md, "Set it up"): words of the program, the exit status and what is said of
/// a folder; and the sentence that refuses them.
pub(super) const REFUSED: &[(&str, i32, &str, &str)] = &[(
    "catalogue restore nowhere.tar",
    1,
    "expected a file that `catalogue backup` has written",
    "catalogue restore needs a catalogue in a folder",
)];
