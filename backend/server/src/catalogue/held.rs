//! Which articles of a catalogue a process holds. In: a catalogue's articles by market. Out: those of a part.
//!
//! Ids mean the same in a part as in the whole: an id that another part's article has by itself is no group's here.

use std::collections::HashMap;

use super::article::{Article, by_id};
use super::assortment::Assortment;
use crate::matching::Part;

/// Which articles a process holds, and which of them it scores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Held {
    /// It holds and scores all articles.
    #[default]
    All,
    /// It holds and scores those of a part: a shard.
    Part(Part),
    /// It holds all articles, and shards score them: a front.
    Unscored,
}

impl Held {
    /// The part of the articles that are held.
    #[must_use]
    pub const fn part(self) -> Part {
        match self {
            Self::All | Self::Unscored => Part::WHOLE,
            Self::Part(part) => part,
        }
    }
}

/// What a market sells, with where to find it by id, and when each article came: of those articles that have `ids`, in the order of ids, or of all
/// without any.
pub(super) fn held_of(
    assortment: Assortment,
    came_s: Vec<i64>,
    ids: Option<&[String]>,
) -> (Assortment, HashMap<String, usize>, Vec<i64>) {
    let all = by_id(&assortment.articles);
    let Some(ids) = ids else { return (assortment, all, came_s) };
    let mut ids = ids.iter().map(String::as_str).peekable();
    let mut next = 0;
    // Both are in the order of ids.
    let own: Vec<Option<usize>> = assortment
        .articles
        .iter()
        .map(|article| {
            while ids.next_if(|id| *id < article.id.as_str()).is_some() {}
            let is_held = ids.peek().is_some_and(|id| *id == article.id);
            is_held.then(|| {
                next += 1;
                next - 1
            })
        })
        .collect();
    let held = || assortment.articles.iter().zip(&own).filter_map(|(article, own)| Some((article, (*own)?)));
    let mut first_of_group = HashMap::<&str, usize>::new();
    for (article, own) in held() {
        first_of_group.entry(&article.group).or_insert(own);
    }
    let found = all.into_iter().filter_map(|(id, number)| {
        let article = &assortment.articles[number];
        let of_group = || article.is_named_by_its_group(&id).then(|| first_of_group.get(id.as_str()).copied());
        Some((id.clone(), own[number].or_else(|| of_group().flatten())?))
    });
    let by_id = found.collect();
    let articles: Vec<Article> = held().map(|(article, _)| article.clone()).collect();
    let came_s = came_s.into_iter().zip(&own).filter_map(|(came_s, own)| own.map(|_| came_s)).collect();
    (Assortment { market: assortment.market, articles }, by_id, came_s)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::article::tests::article;

    #[test]
    fn ids_mean_in_a_part_what_they_mean_in_the_whole() {
        let of_group = |id: &str, group: &str| Article { group: group.to_owned(), ..article(id) };
        // "b" is an article, and the group of others.
        let articles =
            vec![of_group("a", "g"), article("b"), of_group("c", "b"), of_group("d", "g"), of_group("e", "h")];
        let whole = Assortment { market: String::new(), articles };
        let ids = ["c", "d", "e"].map(str::to_owned);
        let (part, by_id, came_s) = held_of(whole.clone(), vec![1, 2, 3, 4, 5], Some(&ids));
        assert_eq!(came_s, [3, 4, 5]);
        assert_eq!(part.articles.iter().map(|article| &article.id).collect::<Vec<_>>(), ["c", "d", "e"]);
        let found = |id: &str| by_id.get(id).map(|own| part.articles[*own].id.as_str());
        assert_eq!((found("c"), found("d"), found("e")), (Some("c"), Some("d"), Some("e")));
        // The group's first article is not here, but another one of it is; "b" is the article's own id, wherever it is.
        assert_eq!((found("g"), found("h"), found("a"), found("b")), (Some("d"), Some("e"), None, None));
        let (all, by_id, _) = held_of(whole.clone(), vec![0; 5], None);
        assert_eq!((all, by_id["g"], by_id["b"]), (whole, 0, 1));
    }
}
