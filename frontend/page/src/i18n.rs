//! The page's words in the visitor's language. In: an id and its variables. Out: text.
//!
//! The catalogues are Fluent files, `locales/*.ftl`. `t!(i18n, receipt.picture, width = 3)` is the message `receipt-picture`
//! that follows a change of the language; `t_string!` is its text now, `td_string!` that of a locale without a context.

use std::cell::RefCell;
use std::collections::HashMap;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use leptos::prelude::*;
use unic_langid::LanguageIdentifier;

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Locale {
    /// English, the fallback.
    En,
    /// German.
    De,
    /// French.
    Fr,
}

impl Locale {
    /// All of them, each with its own name.
    pub(crate) const ALL: [(Self, &'static str); 3] =
        [(Self::En, "English"), (Self::De, "Deutsch"), (Self::Fr, "Français")];

    /// Its BCP 47 tag.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
        }
    }

    /// The first of the visitor's languages that the page has.
    pub(crate) fn of<'a>(tags: impl IntoIterator<Item = &'a str>) -> Self {
        let language = |tag: &'a str| tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        let spoken =
            |tag| Self::ALL.into_iter().map(|(locale, _)| locale).find(|locale| locale.as_str() == language(tag));
        tags.into_iter().find_map(spoken).unwrap_or(Self::En)
    }

    const fn catalogue(self) -> &'static str {
        match self {
            Self::En => include_str!("../../locales/en.ftl"),
            Self::De => include_str!("../../locales/de.ftl"),
            Self::Fr => include_str!("../../locales/fr.ftl"),
        }
    }
}

/// The language of a page or widget; a handle, copies share it.
#[derive(Clone, Copy)]
pub(crate) struct I18n {
    locale: RwSignal<Locale>,
}

impl I18n {
    /// Provides a language to descendants.
    pub(crate) fn provide(locale: Locale) -> Self {
        let i18n = Self { locale: RwSignal::new(locale) };
        provide_context(i18n);
        i18n
    }

    /// The language; tracks changes.
    pub(crate) fn get_locale(self) -> Locale {
        self.locale.get()
    }

    /// Another language.
    pub(crate) fn set_locale(self, locale: Locale) {
        self.locale.set(locale);
    }
}

/// The language of where this is called.
pub(crate) fn use_i18n() -> I18n {
    expect_context()
}

/// The text of a message; its id if it is missing, which a test prevents.
pub(crate) fn text(locale: Locale, id: &str, variables: &[(&'static str, FluentValue<'static>)]) -> String {
    BUNDLES.with_borrow_mut(|bundles| {
        let bundle = bundles.entry(locale).or_insert_with(|| bundle(locale));
        let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else { return id.to_owned() };
        let arguments: FluentArgs<'_> = variables.iter().cloned().collect();
        bundle.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned()
    })
}

thread_local! {
    /// Each language is parsed at its first use.
    static BUNDLES: RefCell<HashMap<Locale, FluentBundle<FluentResource>>> = RefCell::default();
}

fn bundle(locale: Locale) -> FluentBundle<FluentResource> {
    let language: LanguageIdentifier = locale.as_str().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new(vec![language]);
    // No invisible marks around variables: all three languages run from left to right.
    bundle.set_use_isolating(false);
    // What cannot be read is left out, which a test prevents.
    let resource = FluentResource::try_new(locale.catalogue().to_owned()).unwrap_or_else(|(resource, _)| resource);
    let _ = bundle.add_resource(resource);
    bundle
}

/// The text of a message in a locale.
macro_rules! td_string {
    ($locale:expr, $first:ident $(. $next:ident)* $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::i18n::text(
            $locale,
            concat!(stringify!($first) $(, "-", stringify!($next))*),
            &[$((stringify!($name), $value.into())),*],
        )
    };
}

/// The text of a message in a context's language; follows it where this is called reactively.
macro_rules! t_string {
    ($i18n:expr, $($rest:tt)*) => { $crate::i18n::td_string!($i18n.get_locale(), $($rest)*) };
}

/// A message as a view that follows the language.
macro_rules! t {
    ($i18n:expr, $($rest:tt)*) => {{
        let i18n = $i18n;
        move || $crate::i18n::t_string!(i18n, $($rest)*)
    }};
}

pub(crate) use {t, t_string, td_string};

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use super::*;

    /// Every message's id with the variables that it names.
    fn messages(locale: Locale) -> BTreeMap<String, BTreeSet<String>> {
        let resource = FluentResource::try_new(locale.catalogue().to_owned());
        assert!(resource.is_ok(), "{locale:?}: {:?}", resource.map_err(|(_, errors)| errors).err());
        let mut messages = BTreeMap::<String, BTreeSet<String>>::new();
        let mut id = String::new();
        for line in locale.catalogue().lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" = ").filter(|_| !line.starts_with([' ', '}'])) {
                name.clone_into(&mut id);
                assert!(messages.insert(id.clone(), BTreeSet::new()).is_none(), "{locale:?} has {id} twice");
            }
            let variables = line.split('$').skip(1).map(|rest| {
                rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect::<String>()
            });
            messages.entry(id.clone()).or_default().extend(variables);
        }
        messages.remove("");
        messages
    }

    #[test]
    fn all_languages_have_the_same_messages_with_the_same_variables() {
        let english = messages(Locale::En);
        assert!(english.len() > 100);
        assert_eq!(messages(Locale::De), english);
        assert_eq!(messages(Locale::Fr), english);
    }

    #[test]
    fn every_message_that_is_used_exists_and_every_one_that_exists_is_used() {
        fn sources(folder: &Path, into: &mut String) {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    sources(&path, into);
                } else if path.file_name().is_some_and(|name| name != "i18n.rs") {
                    into.push_str(&std::fs::read_to_string(path).expect("a source"));
                }
            }
        }
        let mut source = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut source);
        // rustfmt may put the id on the next line.
        let source: String = source.split_whitespace().collect();
        let mut used = BTreeMap::<String, BTreeSet<String>>::new();
        for start in ["t!(i18n,", "t_string!(i18n,", "td_string!(locale,"] {
            for rest in source.split(start).skip(1) {
                let id: String =
                    rest.chars().take_while(|letter| letter.is_alphanumeric() || "._".contains(*letter)).collect();
                used.entry(id.replace('.', "-")).or_default();
            }
        }
        // The build inserts `widget-…` into the widget's loader and checks them there.
        let known = messages(Locale::En).into_iter().filter(|(id, _)| !id.starts_with("widget-"));
        let (used, known): (BTreeSet<_>, BTreeSet<_>) = (used.into_keys().collect(), known.map(|(id, _)| id).collect());
        assert_eq!(used.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "used and missing");
        assert_eq!(known.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new(), "not used");
    }

    #[test]
    fn each_language_has_one_form_of_address() {
        let german = ["Sie", "Ihr", "Ihre", "Ihrem", "Ihren", "Ihrer", "Ihres", "Ihnen", "Benutzer", "Nutzer"];
        let french = ["tu", "te", "toi", "ton", "ta", "tes", "Choisis", "Essaie", "Réessaie", "Clique"];
        for (locale, wrong) in [(Locale::De, &german[..]), (Locale::Fr, &french[..])] {
            for line in locale.catalogue().lines().filter(|line| !line.starts_with('#')) {
                let text = line.split_once(" = ").map_or(line, |(_, text)| text);
                // A variable's name is no word.
                let text = text.split(['{', '}']).step_by(2).collect::<Vec<_>>().join(" ");
                let mut words = text.split(|letter: char| !letter.is_alphabetic());
                assert!(!words.any(|word| wrong.contains(&word)), "{locale:?}: {line}");
            }
        }
    }

    #[test]
    fn no_text_is_a_placeholder_or_left_in_another_language() {
        let texts = |locale: Locale| -> BTreeMap<String, String> {
            let lines = locale.catalogue().lines().filter(|line| !line.starts_with('#'));
            lines.filter_map(|line| line.split_once(" = ")).map(|(id, text)| (id.to_owned(), text.to_owned())).collect()
        };
        let english = texts(Locale::En);
        for locale in [Locale::En, Locale::De, Locale::Fr] {
            for (id, text) in texts(locale) {
                let plain = text.trim();
                assert!(!plain.is_empty(), "{locale:?}: {id} is empty");
                for placeholder in ["TODO", "FIXME", "XXX", "???", "Lorem", "lorem", "translate"] {
                    assert!(!plain.contains(placeholder), "{locale:?}: {id} = {plain}");
                }
                // The product's name is the same everywhere.
                let is_sentence = id != "name"
                    && plain.split_whitespace().filter(|word| word.chars().all(char::is_alphabetic)).count() > 2;
                assert!(
                    locale == Locale::En || !is_sentence || english.get(&id).is_none_or(|en| en != plain),
                    "{locale:?}: {id} is English"
                );
            }
        }
    }

    #[test]
    fn messages_take_variables_and_plurals() {
        assert_eq!(td_string!(Locale::En, results.pieces, count = 1), "1 piece");
        assert_eq!(td_string!(Locale::De, results.pieces, count = 50), "50 Teile");
        assert_eq!(td_string!(Locale::Fr, results.pieces, count = 0), "0 pièce");
        let picture = td_string!(Locale::En, receipt.picture, width = 480, height = 640, size = "84 kB");
        assert_eq!(picture, "The cut-out: 480 × 640 pixels, 84 kB");
    }

    #[test]
    fn the_first_spoken_language_counts() {
        assert_eq!(Locale::of(["nl-BE", "fr-BE", "de"]), Locale::Fr);
        assert_eq!(Locale::of(["DE_at"]), Locale::De);
        assert_eq!(Locale::of(["ja"]), Locale::En);
    }
}
