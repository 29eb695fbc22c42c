//! Words of feeds that mean one of a few values. In: a text. Out: the value, or what was expected.

use super::fault::RowFault;

/// Characters of a text that a message repeats: enough to find the row.
const SHOWN_CHARS: usize = 80;

/// Words for the three genders in feeds of other languages, and for people.
const GENDER_WORDS: [(&str, &[&str]); 3] = [
    (
        "female",
        &[
            "women", "woman", "womens", "ladies", "damen", "frauen", "weiblich", "femme", "femmes", "féminin", "donna",
            "mujer", "dames",
        ],
    ),
    (
        "male",
        &[
            "men",
            "man",
            "mens",
            "herren",
            "männer",
            "männlich",
            "homme",
            "hommes",
            "masculin",
            "uomo",
            "hombre",
            "heren",
        ],
    ),
    ("unisex", &["all genders", "neutral", "mixte"]),
];

/// Words for Google's age groups in feeds of other languages.
const AGE_WORDS: [(&str, &[&str]); 5] = [
    ("newborn", &["newborns", "neugeborene", "nouveau né", "nouveau-né", "nouveaux-nés"]),
    ("infant", &["infants", "baby", "babies", "babys", "säugling", "säuglinge", "bébé", "nourrisson"]),
    ("toddler", &["toddlers", "kleinkind", "kleinkinder", "tout-petit", "tout-petits"]),
    ("kids", &["kid", "children", "child", "kinder", "kind", "enfant", "enfants"]),
    ("adult", &["adults", "erwachsene", "erwachsener", "adulte", "adultes"]),
];

/// The beginning of a text, as a message repeats it.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(SHOWN_CHARS).collect()
}

/// `female`, `male` or `unisex` if the words mean one of them; empty without a word. Women and men are unisex.
pub(super) fn gender(text: &str) -> Result<String, RowFault> {
    let mut found = "";
    for word in text.to_lowercase().split([',', ';', '/', '|']).map(str::trim).filter(|word| !word.is_empty()) {
        let bare = word.replace(['\'', '’'], "");
        let known = GENDER_WORDS.iter().find(|(gender, words)| *gender == bare || words.contains(&bare.as_str()));
        let Some((gender, _)) = known else { return Err(RowFault::Gender { received: shortened(text) }) };
        found = if found.is_empty() || found == *gender { gender } else { "unisex" };
    }
    Ok(found.to_owned())
}

/// One of Google's age groups if the words mean one; empty without a word.
pub(super) fn age_group(text: &str) -> Result<String, RowFault> {
    let word = text.trim().to_lowercase();
    if word.is_empty() {
        return Ok(String::new());
    }
    let known = AGE_WORDS.iter().find(|(group, words)| *group == word || words.contains(&word.as_str()));
    known.map(|(group, _)| (*group).to_owned()).ok_or_else(|| RowFault::AgeGroup { received: shortened(text) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_groups_are_googles_in_any_of_the_languages() {
        for (text, group) in [("", ""), ("Adult", "adult"), (" kids ", "kids"), ("Kinder", "kids"), ("bébé", "infant")]
        {
            assert_eq!(age_group(text).as_deref(), Ok(group), "{text:?}");
        }
        let fault = age_group("13+").expect_err("unknown").to_string();
        assert_eq!(fault, "expected newborn, infant, toddler, kids or adult, got \"13+\"");
    }
}
