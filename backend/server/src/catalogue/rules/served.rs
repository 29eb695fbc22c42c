//! What searches take of the rules. In: rules, a market of a catalogue, a moment, and what a request chooses. Out: [`AppliedRules`].
//!
//! They are computed by the first search that needs them, and kept until something about them changes: another rule begins or ends, a sale
//! changes a price, a product is no longer new, or the shop stores other rules.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use stl_types::wire::{MovedBy, RuleState};

use super::choice::RuleChoice;
use super::matched::Shelf;
use super::rule::{Effect, Rule, Rules, USUAL_BY};
use super::stored::StoredRules;
use crate::digest::Digest;
use crate::matching::{Matcher, Offsets, Selection};
use crate::parallel::locked;

/// What rules do to a search.
#[derive(Debug)]
pub struct AppliedRules {
    /// No other applied rules of this process have it.
    pub number: u64,
    /// The positions whose articles are not excluded; all if `None`.
    pub admitted: Option<Selection>,
    /// What is added to scores; nothing if `None`.
    pub offsets: Option<Arc<Offsets>>,
    /// Articles that stand at a place, in the order of places.
    pub pins: Vec<Pin>,
    /// Which of the rules they are.
    pub choice: RuleChoice,
    /// The text of the rules, as they are stored.
    pub text: Arc<str>,
    /// The SHA-256 of that text.
    pub sha256: Digest,
    rules: Arc<Rules>,
    /// The rules that act, by their index.
    active: Vec<usize>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// An article that stands at a place of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin {
    /// From 1.
    pub position: usize,
    /// The article's number in the catalogue.
    pub article: usize,
    /// The rule's index.
    pub rule: usize,
}

/// The rules of a served catalogue.
#[derive(Debug)]
pub struct ServedRules(ArcSwap<Version>);

#[derive(Debug)]
struct Version {
    stored: StoredRules,
    /// By the rules that are chosen, and the market; replaced when they are no longer valid.
    applied: Mutex<HashMap<(Chosen, String), Arc<AppliedRules>>>,
    /// Held by the one thread that computes.
    computing: Mutex<()>,
}

/// The different sets of rules.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Chosen {
    Exclusions,
    WithoutVariant,
    Variant(String),
}

impl ServedRules {
    /// Rules as they are stored.
    #[must_use]
    pub fn new(stored: StoredRules) -> Self {
        Self(ArcSwap::from_pointee(Version { stored, applied: Mutex::default(), computing: Mutex::default() }))
    }

    /// The rules as they are stored.
    #[must_use]
    pub fn stored(&self) -> StoredRules {
        self.0.load().stored.clone()
    }

    /// What they do to a search of a market at a moment; none if there are no rules.
    pub(in crate::catalogue) fn at(
        &self,
        shelf: &Shelf<'_>,
        matcher: &Matcher,
        choice: &RuleChoice,
        now: Timestamp,
    ) -> Option<Arc<AppliedRules>> {
        let version = self.0.load_full();
        if version.stored.rules.is_empty() {
            return None;
        }
        let chosen = (version.chosen(choice), shelf.market.to_owned());
        if let Some(known) = version.known(&chosen, now) {
            return Some(known);
        }
        let _computing = locked(&version.computing);
        // Another search may have computed them meanwhile.
        if let Some(known) = version.known(&chosen, now) {
            return Some(known);
        }
        let applied = Arc::new(AppliedRules::compute(shelf, matcher, &version.stored, &chosen.0, now));
        locked(&version.applied).insert(chosen, Arc::clone(&applied));
        Some(applied)
    }

    /// The same, if it takes no time: `None` if it has to be computed.
    #[must_use]
    pub fn known_at(&self, market: &str, choice: &RuleChoice, now: Timestamp) -> Option<Option<Arc<AppliedRules>>> {
        let version = self.0.load();
        if version.stored.rules.is_empty() {
            return Some(None);
        }
        version.known(&(version.chosen(choice), market.to_owned()), now).map(Some)
    }

    /// Replaces them for all later searches.
    pub fn replace(&self, stored: StoredRules) {
        self.0.store(Arc::new(Version { stored, applied: Mutex::default(), computing: Mutex::default() }));
    }
}

impl Version {
    fn chosen(&self, choice: &RuleChoice) -> Chosen {
        match choice {
            RuleChoice { off: true, .. } => Chosen::Exclusions,
            RuleChoice { variant, .. } if self.stored.rules.variants().contains(variant.as_str()) => {
                Chosen::Variant(variant.clone())
            }
            RuleChoice { .. } => Chosen::WithoutVariant,
        }
    }

    fn known(&self, chosen: &(Chosen, String), now: Timestamp) -> Option<Arc<AppliedRules>> {
        locked(&self.applied).get(chosen).filter(|applied| applied.is_valid_at(now)).cloned()
    }
}

impl Chosen {
    fn choice(&self) -> RuleChoice {
        match self {
            Self::Exclusions => RuleChoice::off(),
            Self::WithoutVariant => RuleChoice::default(),
            Self::Variant(variant) => RuleChoice { off: false, variant: variant.clone() },
        }
    }

    fn has(&self, rule: &Rule) -> bool {
        let variant = &rule.written.variant;
        match self {
            Self::Exclusions => variant.is_empty() && rule.effect == Effect::Exclude,
            Self::WithoutVariant => variant.is_empty(),
            Self::Variant(chosen) => variant.is_empty() || variant == chosen,
        }
    }
}

impl AppliedRules {
    /// Also false before `since`: the system's clock may be set back.
    fn is_valid_at(&self, now: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= now) && self.until.is_none_or(|until| now < until)
    }

    fn compute(shelf: &Shelf<'_>, matcher: &Matcher, stored: &StoredRules, chosen: &Chosen, now: Timestamp) -> Self {
        let rules = &stored.rules;
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        let is_chosen = |rule: &Rule| chosen.has(rule) && rule.acts_in(shelf.market);
        let of_choice: Vec<&Rule> = rules.iter().filter(|rule| is_chosen(rule)).collect();
        let acts = |rule: &Rule| is_chosen(rule) && rule.state(now) == RuleState::Active;
        let active: Vec<usize> =
            (0..).zip(rules.iter()).filter(|(_, rule)| acts(rule)).map(|(index, _)| index).collect();
        let acting = active.iter().map(|&index| &rules.0[index]);
        let in_passes: Vec<&Rule> = acting.filter(|rule| !matches!(rule.effect, Effect::Pin(_))).collect();
        let any = |of: fn(&Effect) -> bool| in_passes.iter().any(|rule| of(&rule.effect));
        let (adds, excludes) =
            (any(|effect| matches!(effect, Effect::Add(_))), any(|effect| *effect == Effect::Exclude));
        let count = shelf.articles.len();
        let mut added = vec![0.0_f32; if adds { count } else { 0 }];
        let mut excluded = vec![false; if excludes { count } else { 0 }];
        // Sums in float64: the order of rules does not matter.
        let empty = |length| vec![(0.0_f64, false); length];
        let folded = shelf.fold(&in_passes, now, empty, |places, (place, _), rule| match in_passes[rule].effect {
            Effect::Add(by) => places[place].0 += f64::from(by),
            Effect::Exclude => places[place].1 = true,
            Effect::Pin(_) => {}
        });
        for (&number, (sum, is_excluded)) in shelf.positions.iter().zip(folded.into_iter().flatten()) {
            let number = number as usize;
            if let Some(added) = added.get_mut(number) {
                *added = sum as f32;
            }
            if let Some(excluded) = excluded.get_mut(number) {
                *excluded = is_excluded;
            }
        }
        let is_excluded = |article: usize| excluded.get(article).copied().unwrap_or(false);
        let changes = shelf.changes(&of_choice);
        let positions = shelf.positions;
        Self {
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            admitted: excludes.then(|| {
                let is_admitted = |article: usize| article < count && !excluded[article];
                Selection::from_fn(positions.len(), |position| is_admitted(positions[position] as usize))
            }),
            offsets: adds.then(|| {
                let of = |article| shelf.own(article).and_then(|own| added.get(own)).copied().unwrap_or(0.0);
                Arc::new(matcher.offsets(of))
            }),
            pins: pins(shelf, rules, &active, now, is_excluded),
            choice: chosen.choice(),
            text: Arc::clone(&stored.text),
            sha256: Digest::of(stored.text.as_bytes()),
            rules: Arc::clone(rules),
            active,
            since: changes.iter().copied().filter(|change| *change <= now).max(),
            until: changes.into_iter().filter(|change| *change > now).min(),
        }
    }

    /// The rules that moved an article, in their order.
    pub(in crate::catalogue) fn moved_by(&self, shelf: &Shelf<'_>, id: &str, now: Timestamp) -> Vec<MovedBy> {
        let Some(article) = shelf.find(id) else { return Vec::new() };
        let number = shelf.of_catalogue(article);
        let moved = |(index, rule): (usize, &Rule)| {
            let (by, position) = match rule.effect {
                Effect::Add(sign) if shelf.fits(rule, article, now) => {
                    (Some(rule.written.by.unwrap_or(USUAL_BY).copysign(f64::from(sign))), None)
                }
                Effect::Pin(_) => {
                    let pin = self.pins.iter().find(|pin| pin.article == number && pin.rule == index)?;
                    (None, Some(pin.position as u32))
                }
                Effect::Add(_) | Effect::Exclude => return None,
            };
            Some(MovedBy { rule: rule.name().to_owned(), action: rule.action(), by, position })
        };
        self.active.iter().map(|&index| (index, &self.rules.0[index])).filter_map(moved).collect()
    }
}

/// The articles that rules pin, each once: the first rule counts.
fn pins(
    shelf: &Shelf<'_>,
    rules: &Rules,
    active: &[usize],
    now: Timestamp,
    is_excluded: impl Fn(usize) -> bool,
) -> Vec<Pin> {
    let (mut pins, mut pinned) = (Vec::new(), HashSet::new());
    for (&index, rule) in active.iter().map(|index| (index, &rules.0[*index])) {
        let Effect::Pin(first) = rule.effect else { continue };
        for (position, id) in (first..).zip(&rule.written.id) {
            let article = shelf.find(id).filter(|article| shelf.fits(rule, *article, now) && !is_excluded(*article));
            if let Some(article) = article.filter(|article| pinned.insert(*article)) {
                pins.push(Pin { position, article: shelf.of_catalogue(article), rule: index });
            }
        }
    }
    // Stable: of two at one position, the first rule's comes first.
    pins.sort_by_key(|pin: &Pin| pin.position);
    pins
}
