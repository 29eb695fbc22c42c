//! What was found for articles of one catalogue, kept for the most recent of them. In: an article's id, and how to find it. Out: what was
//! found, shared.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use crate::parallel::locked;

/// Findings by article's id, at most a given number of them.
#[derive(Debug)]
pub struct Kept<T> {
    most: usize,
    entries: Mutex<Entries<T>>,
}

#[derive(Debug)]
struct Entries<T> {
    found: HashMap<String, Arc<T>>,
    /// The oldest first.
    order: VecDeque<String>,
}

impl<T> Kept<T> {
    /// Keeps findings of at most `most` articles.
    #[must_use]
    pub fn new(most: usize) -> Self {
        let entries = Entries { found: HashMap::new(), order: VecDeque::new() };
        Self { most, entries: Mutex::new(entries) }
    }

    /// With the same bound and nothing kept, for another catalogue.
    #[must_use]
    pub fn emptied(&self) -> Self {
        Self::new(self.most)
    }

    /// What is kept of an article.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Arc<T>> {
        locked(&self.entries).found.get(id).cloned()
    }

    /// What is kept of an article, or what `find` finds now.
    ///
    /// # Errors
    /// Those of `find`; they are not kept.
    pub fn get_or<E>(&self, id: &str, find: impl FnOnce() -> Result<T, E>) -> Result<Arc<T>, E> {
        self.get_or_whole(id, find, |_| true)
    }

    /// The same; what is not whole is found again by the next request.
    ///
    /// # Errors
    /// Those of `find`; they are not kept.
    pub fn get_or_whole<E>(
        &self,
        id: &str,
        find: impl FnOnce() -> Result<T, E>,
        is_whole: impl FnOnce(&T) -> bool,
    ) -> Result<Arc<T>, E> {
        if let Some(found) = self.get(id) {
            return Ok(found);
        }
        // Two requests at once may find the same twice.
        let found = Arc::new(find()?);
        if is_whole(&found) {
            locked(&self.entries).keep(id, &found, self.most);
        }
        Ok(found)
    }
}

impl<T> Entries<T> {
    /// Keeps what was found, in place of the oldest if there are `most`.
    fn keep(&mut self, id: &str, found: &Arc<T>, most: usize) {
        if self.found.insert(id.to_owned(), Arc::clone(found)).is_none() {
            self.order.push_back(id.to_owned());
        }
        if self.order.len() > most
            && let Some(oldest) = self.order.pop_front()
        {
            self.found.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn what_was_found_is_kept_for_the_most_recent_articles() {
        let kept = Kept::new(3);
        for number in 0..4 {
            for attempt in 0..2 {
                let found = kept.get_or(&number.to_string(), || Ok::<_, Infallible>((number, attempt)));
                assert_eq!(*found.expect("found"), (number, 0), "found once");
            }
        }
        let ids: Vec<bool> = (0..4).map(|number| kept.get(&number.to_string()).is_some()).collect();
        assert_eq!(ids, [false, true, true, true]);
        assert!(kept.emptied().get("3").is_none());
    }

    #[test]
    fn failures_are_not_kept() {
        let kept = Kept::new(1);
        assert_eq!(kept.get_or("a", || Err::<u8, _>("failed")), Err("failed"));
        assert_eq!(kept.get_or("a", || Ok::<_, &str>(1)), Ok(Arc::new(1)));
    }

    #[test]
    fn what_misses_a_part_is_not_kept() {
        let kept = Kept::new(1);
        let find =
            |found: u8| kept.get_or_whole("a", || Ok::<_, Infallible>(found), |found| *found > 1).expect("found");
        assert_eq!((*find(1), *find(2), *find(3)), (1, 2, 2));
    }
}
