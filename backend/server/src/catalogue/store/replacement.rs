//! What a change puts in place of a market's articles. In: a [`Replacement`]. Out: the tables of its market.

use rusqlite::Connection;

use super::pictures::FetchedPicture;
use super::{
    Published, arrivals, categories, markets, pictures, products, publication, set_published, steps, variants,
};
use crate::catalogue::article::Article;
use crate::catalogue::assortment::Assortment;
use crate::catalogue::categories::CategoryCount;

/// What a change puts in place of the present articles of a market. What the other markets have of the same articles stays, but for
/// pictures and categories, which an article has once.
#[derive(Debug)]
pub struct Replacement {
    /// The new version.
    pub published: Published,
    /// The market, which is added behind the others if it is not there.
    pub market: String,
    /// All of its articles, in the order of ids; without any, the market goes. With `changed` those that it names are enough.
    pub articles: Vec<Article>,
    /// Which of them differ from the present ones in offers alone, by their places: only their rows are written, and the other ones of the market stay.
    /// All are written, and all others of the market go, if that is not known.
    pub changed: Option<Vec<usize>>,
    /// What the feed's addresses hold; none if the known ones stay.
    pub pictures: Option<Vec<FetchedPicture>>,
    /// How the articles got their categories; none if what is known stays.
    pub categories: Option<Vec<CategoryCount>>,
}

impl Replacement {
    /// Other articles of a market; what an import has found stays.
    #[must_use]
    pub fn of(published: Published, Assortment { market, articles }: Assortment) -> Self {
        Self { published, market, articles, changed: None, pictures: None, categories: None }
    }

    /// Other offers of some articles of a market, by their places in the assortment, which may have only some of the market's; the other rows stay as
    /// they are.
    #[must_use]
    pub fn of_offers(published: Published, assortment: Assortment, changed: Vec<usize>) -> Self {
        Self { changed: Some(changed), ..Self::of(published, assortment) }
    }

    /// Puts it in place.
    pub(super) fn apply(&self, connection: &Connection) -> rusqlite::Result<()> {
        let Self { published, market, articles, changed, pictures, categories } = self;
        if let Some(changed) = changed {
            let changed: Vec<&Article> = changed.iter().filter_map(|&place| articles.get(place)).collect();
            products::ROWS.update(connection, market, &changed)?;
            variants::ROWS.update(connection, market, &changed)?;
            let former = publication(connection)?;
            set_published(connection, published)?;
            let Some((former, now)) = former.zip(publication(connection)?) else { return Ok(()) };
            let ids = changed.iter().map(|article| article.id.as_str());
            return steps::note(connection, (&former.mark, &now.mark), market, ids);
        }
        if articles.is_empty() {
            markets::remove(connection, market)?;
            return set_published(connection, published);
        }
        markets::add(connection, market)?;
        let articles: Vec<&Article> = articles.iter().collect();
        products::ROWS.replace(connection, market, &articles)?;
        markets::share(connection, market)?;
        arrivals::note(connection, market)?;
        variants::ROWS.replace(connection, market, &articles)?;
        if let Some(pictures) = pictures {
            pictures::replace(connection, market, pictures)?;
        }
        if let Some(categories) = categories {
            categories::replace(connection, market, categories)?;
        }
        set_published(connection, published)
    }
}
