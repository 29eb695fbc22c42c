//! Products that come back under other ids, as when a shop changes its system. In: ids and pictures before and after an import. Out: what the
//! shop should know.
//!
//! Pictures are known by their content and are not encoded again. But a product is its id: whatever names it by the former one is lost.

use std::collections::{HashMap, HashSet};

use super::encoded::Encoded;
use crate::counted::counted;
use crate::digest::Digest;

/// A sentence about the new products that have the picture of one that is gone; none if there are none. `former` are the market's articles
/// before the import, with their title pictures. A product is not gone if a size or a group still has its id.
pub(super) fn note<'a>(former: impl Iterator<Item = (&'a str, Digest)>, articles: &[Encoded]) -> Option<String> {
    let mut found = HashSet::new();
    for (article, _) in articles {
        found.extend([article.id.as_str(), article.group.as_str()]);
        found.extend(article.variants.iter().map(|variant| variant.id.as_str()));
    }
    let (mut known, mut gone) = (HashSet::new(), HashMap::new());
    for (id, picture) in former {
        known.insert(id);
        if !found.contains(id) {
            // Of several that showed the same, the first by id.
            gone.entry(picture).and_modify(|first: &mut &str| *first = id.min(*first)).or_insert(id);
        }
    }
    let new = articles.iter().map(|(article, _)| article).filter(|article| !known.contains(article.id.as_str()));
    let mut renumbered = new.filter_map(|article| Some((&article.id, gone.get(&article.picture_sha256)?)));
    let (id, former_id) = renumbered.next()?;
    let count = counted(1 + renumbered.count(), "new product");
    Some(format!(
        "{count} with the picture of one that is gone, such as {id:?} for {former_id:?}: stored pictures are used again, but rules, links, \
         saved products and counted events by the former ids do not find them, and they count as newly arrived"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::article::Article;
    use crate::catalogue::article::tests::article;
    use crate::catalogue::variant::tests::variant;

    fn with_picture(id: &str, picture: &[u8]) -> Encoded {
        (Article { picture_sha256: Digest::of(picture), ..article(id) }, [].into())
    }

    #[test]
    fn only_products_that_nothing_finds_any_more_are_told() {
        let former = || ["a", "b", "c"].map(|id| (id, Digest::of(id.as_bytes()))).into_iter();
        let now = |articles: &[Encoded]| note(former(), articles);
        let [same, other, new] =
            [("a", "a"), ("b", "new"), ("d", "d")].map(|(id, picture)| with_picture(id, picture.as_bytes()));
        assert_eq!(now(&[same.clone(), other, new]), None);
        let sentence = now(&[same, with_picture("b-2", b"b"), with_picture("c-2", b"c")]).expect("two");
        assert!(
            sentence.starts_with("2 new products with the picture of one that is gone, such as \"b-2\" for \"b\": ")
        );
        // The first size is sold out and another one names the article; or the former id is that of a size now.
        let mut grouped = with_picture("b-2", b"b");
        grouped.0.group = "b".to_owned();
        assert_eq!(now(&[grouped]), None);
        let mut sized = with_picture("b-2", b"b");
        sized.0.variants = vec![crate::catalogue::variant::Variant { id: "b".to_owned(), ..variant("S", 900) }];
        assert_eq!(now(&[sized]), None);
    }
}
