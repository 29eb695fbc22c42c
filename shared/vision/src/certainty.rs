//! How sure it is that a person is seen. In: the foreground's probabilities and the classes. Out: a [`Certainty`].

use stl_types::{Class, ClassMap};

/// What speaks for a person in a segmentation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Certainty {
    /// Mean probability of the pixels of the foreground, in `0..=1`; 0 without any.
    pub foreground: f64,
    /// Share of the foreground that is hair.
    pub hair: f64,
    /// Share of the foreground that is skin.
    pub skin: f64,
    /// Whether the network tells hair and skin from clothes.
    pub knows_body: bool,
}

/// Below this mean probability the network guesses: of 40 everyday scenes with people, no mask with a lower one covers more than .46 of
/// them (intersection over union); 360 other photos of people have .93 and more.
const LEAST_FOREGROUND: f64 = 0.8;

/// Least probability of a person. At .3, five-fold, all of 400 photos of people are accepted (CCP, street photos, portraits, studio photos,
/// composites) and of everyday scenes those whose mask covers at least .33 of the people; of 250 shop pictures of garments 11 are, of 250
/// garments at home 18.
const LEAST_PROBABILITY: f64 = 0.3;

/// Between this probability and [`LEAST_PROBABILITY`] it may be half a person as well as a garment whose folds look like one: so are 10 of
/// 348 everyday scenes and portraits and 12 of 150 packshots. By the background 9 of the former are people and 10 of the latter garments.
const LEAST_DOUBT: f64 = 0.15;

/// Logistic regression on these photos: weights of the mean probability and of the square roots of hair and skin, and the constant.
const WEIGHTS: [f64; 4] = [17.12, 9.2, 8.76, -19.4];

impl Certainty {
    pub(crate) fn of(foreground: f64, regions: &ClassMap, knows_body: bool) -> Self {
        let (mut all, mut hair, mut skin) = (0_u32, 0_u32, 0_u32);
        for class in regions.classes() {
            all += u32::from(*class != Class::Background);
            hair += u32::from(*class == Class::Hair);
            skin += u32::from(*class == Class::Skin);
        }
        let share = |count: u32| f64::from(count) / f64::from(all.max(1));
        Self { foreground, hair: share(hair), skin: share(skin), knows_body }
    }

    /// The probability that the foreground is a person, in `0..=1`. Of a network that knows no hair and skin, it is the foreground's own: such
    /// a network has learnt that garments without a wearer are background, or it takes them for people.
    #[must_use]
    pub fn of_person(&self) -> f64 {
        if !self.knows_body {
            return self.foreground;
        }
        let [foreground, hair, skin, constant] = WEIGHTS;
        let odds = foreground * self.foreground + hair * self.hair.sqrt() + skin * self.skin.sqrt() + constant;
        1.0 / (1.0 + (-odds).exp())
    }

    /// Whether it may be a person or a garment alone. The background decides then.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.foreground >= LEAST_FOREGROUND && (LEAST_DOUBT..LEAST_PROBABILITY).contains(&self.of_person())
    }

    /// Whether it is hardly a person.
    #[must_use]
    pub fn rules_out_person(&self) -> bool {
        self.of_person() < LEAST_DOUBT
    }

    /// Whether a person is seen.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.foreground >= LEAST_FOREGROUND && self.of_person() >= LEAST_PROBABILITY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_enough(foreground: f64, hair: f64, skin: f64) -> bool {
        Certainty { foreground, hair, skin, knows_body: true }.is_enough()
    }

    #[test]
    fn half_a_person_is_doubtful() {
        let of = |foreground, hair, skin| Certainty { foreground, hair, skin, knows_body: true };
        assert!(of(0.95, 0.0, 0.05).is_doubtful());
        assert!(!of(0.979, 0.204, 0.335).is_doubtful(), "a person in the street");
        assert!(of(0.83, 0.0, 0.0).rules_out_person(), "a dress without a wearer");
        assert!(!of(0.781, 0.129, 0.271).is_doubtful(), "a cup of coffee: its outline is not sure");
    }

    #[test]
    fn without_hair_and_skin_the_foreground_decides() {
        let of = |foreground| Certainty { foreground, ..Certainty::default() };
        assert!(of(0.9).is_enough() && !of(0.9).is_doubtful());
        assert!(!of(0.7).is_enough() && !of(0.7).rules_out_person());
        assert!(of(0.0).rules_out_person(), "nothing is seen");
    }

    #[test]
    fn people_are_certain_and_things_are_not() {
        // Measured on photos of these kinds.
        assert!(is_enough(0.979, 0.204, 0.335), "a person in the street");
        assert!(is_enough(0.968, 0.414, 0.428), "a face that fills the photo");
        assert!(is_enough(0.95, 0.013, 0.05), "long sleeves, from behind");
        assert!(!is_enough(0.83, 0.0, 0.0), "a dress without a wearer");
        assert!(!is_enough(0.98, 0.0, 0.0), "a blazer on a hanger");
        assert!(!is_enough(0.781, 0.129, 0.271), "a cup of coffee");
        assert!(!is_enough(0.0, 0.0, 0.0), "nothing");
    }
}
