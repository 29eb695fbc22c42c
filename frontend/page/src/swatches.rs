//! Colour words as colours. In: a colour in the shop's words. Out: a CSS colour, if the word is a known one.

/// Colours in English, German and French, and how they look on screens. Of a word of several, such as `dark blue`, all are listed that
/// catalogues use often.
const COLOURS: [(&[&str], &str); 28] = [
    (&["black", "schwarz", "noir", "noire"], "#17181b"),
    (&["white", "weiß", "weiss", "blanc", "blanche"], "#ffffff"),
    (&["grey", "gray", "grau", "gris", "grise"], "#8b8d92"),
    (&["light grey", "light gray", "hellgrau", "gris clair"], "#c9cbcf"),
    (&["silver", "silber", "argent"], "#c3c6cb"),
    (&["anthracite", "anthrazit", "charcoal"], "#3d4046"),
    (&["navy", "navy blue", "dark blue", "marine", "dunkelblau", "marineblau", "bleu marine"], "#1f2a4d"),
    (&["blue", "blau", "bleu", "bleue"], "#2f5fc4"),
    (&["indigo"], "#34356f"),
    (&["denim", "jeans"], "#5b7ea6"),
    (&["light blue", "hellblau", "bleu clair", "sky"], "#9cc4ea"),
    (&["turquoise", "türkis", "teal", "petrol"], "#2a8c8c"),
    (&["green", "grün", "vert", "verte"], "#2f8a4c"),
    (&["dark green", "dunkelgrün", "vert foncé", "forest green"], "#1f4a33"),
    (&["olive", "oliv", "khaki", "kaki"], "#77783f"),
    (&["mint", "minze", "menthe"], "#b4e2cd"),
    (&["yellow", "gelb", "jaune"], "#f1cf3b"),
    (&["mustard", "senf", "moutarde"], "#c99a26"),
    (&["gold", "golden", "doré"], "#c9a44c"),
    (&["orange"], "#ec7f2b"),
    (&["coral", "koralle", "corail"], "#f2806c"),
    (&["red", "rot", "rouge"], "#c4262e"),
    (&["burgundy", "bordeaux", "wine"], "#6b1f33"),
    (&["pink", "rosa", "rose"], "#eda3bd"),
    (&["purple", "violet", "lila", "violett", "violette"], "#74479c"),
    (&["brown", "braun", "marron", "brun"], "#6e4a32"),
    (&["camel", "tan", "cognac", "rust"], "#b07a45"),
    (&["beige", "cream", "creme", "crème", "ecru", "écru", "sand", "ivory", "ivoire"], "#e6d8bd"),
];

/// The colour of a word, whatever its case; none of an unknown word.
pub(crate) fn css_colour(word: &str) -> Option<&'static str> {
    let word = word.trim().to_lowercase();
    COLOURS.iter().find(|(words, _)| words.contains(&&*word)).map(|(_, colour)| *colour)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_words_have_a_colour_in_any_language_and_case() {
        assert_eq!(css_colour("Navy"), Some("#1f2a4d"));
        assert_eq!(css_colour(" GRÜN "), css_colour("green"));
        assert_eq!(css_colour("rose"), css_colour("Rosa"));
        assert_eq!(css_colour("multicolour"), None);
    }

    #[test]
    fn no_word_stands_for_two_colours() {
        let mut words: Vec<&str> = COLOURS.iter().flat_map(|(words, _)| words.iter().copied()).collect();
        words.sort_unstable();
        assert!(words.windows(2).all(|two| two[0] != two[1]), "{words:?}");
        assert!(words.iter().all(|word| *word == word.to_lowercase()));
    }
}
