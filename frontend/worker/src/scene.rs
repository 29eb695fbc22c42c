//! Who and what is in a photo. In: a [`Frame`]. Out: the [`Person`] or garment that is cut out, or what there is to choose from.

use std::rc::Rc;

use stl_types::worker::{Cause, Subject};
use stl_types::{Mask, Rect};
use stl_vision::{Nobody, Pixels, Segmenter, Sight};

use crate::cutout::{CutoutError, Person};
use crate::frame::Frame;

/// A photo and what is seen in it.
#[derive(Debug)]
pub struct Scene {
    frame: Rc<Frame>,
    found: Found,
    /// What is cut out at the moment.
    current: Option<(Subject, Person)>,
    turns: Option<u8>,
}

#[derive(Debug)]
enum Found {
    /// One person, who is cut out.
    One,
    /// Several people.
    Several(Box<Sight>),
    /// Nobody, and the mask of the thing that stands out.
    Nobody(Cause, Option<Mask>),
}

/// What there is to choose from before anything is cut out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Several people, none of whom is clearly meant.
    People(Vec<Rect>),
    /// Nobody.
    Nobody {
        /// The likely reason.
        cause: Cause,
        /// Whether something stands out.
        has_thing: bool,
    },
}

impl Scene {
    /// Looks at a photo. A person who is clearly meant is cut out at once.
    ///
    /// # Errors
    /// When the network fails.
    pub fn of(frame: Frame, segmenter: &Segmenter) -> Result<Self, CutoutError> {
        let frame = Rc::new(frame);
        let photo = frame.pixels()?;
        let sight = segmenter.look(photo)?;
        let turns = segmenter.better_turn(photo, &sight)?;
        if !sight.is_anybody() {
            let Nobody { cause, thing } = segmenter.nobody(photo, &sight)?;
            return Ok(Self { frame, found: Found::Nobody(cause, thing), current: None, turns });
        }
        if sight.people.count() < 2 {
            let person = Person::new(Rc::clone(&frame), sight.everybody, segmenter.knows_body());
            return Ok(Self { frame, found: Found::One, current: Some((Subject::Person(0), person)), turns });
        }
        let main = sight.people.main();
        let mut scene = Self { frame, found: Found::Several(Box::new(sight)), current: None, turns };
        if let Some(main) = main {
            scene.choose(Subject::Person(main as u8), segmenter)?;
        }
        Ok(scene)
    }

    /// Makes someone or something the subject of the cutouts; keeps the present one if there is no such subject.
    ///
    /// # Errors
    /// When the network fails.
    pub fn choose(&mut self, subject: Subject, segmenter: &Segmenter) -> Result<(), CutoutError> {
        if self.current.as_ref().is_some_and(|(current, _)| *current == subject) {
            return Ok(());
        }
        let person = match (&self.found, subject) {
            (Found::Several(sight), Subject::Person(person)) if usize::from(person) < sight.people.count() => {
                let photo: Pixels<'_> = self.frame.pixels()?;
                let seen = segmenter.person(photo, sight, usize::from(person))?;
                Some(Person::new(Rc::clone(&self.frame), seen, segmenter.knows_body()))
            }
            (Found::Nobody(_, Some(thing)), Subject::Garment) => {
                Some(Person::garment(Rc::clone(&self.frame), thing.clone()))
            }
            _ => None,
        };
        self.current = person.map(|person| (subject, person)).or(self.current.take());
        Ok(())
    }

    /// The present subject, or what there is to choose from.
    ///
    /// # Errors
    /// The choice, if nothing was chosen.
    pub fn current(&self) -> Result<(Subject, &Person), Choice> {
        match (&self.current, &self.found) {
            (Some((subject, person)), _) => Ok((*subject, person)),
            (None, Found::Nobody(cause, thing)) => Err(Choice::Nobody { cause: *cause, has_thing: thing.is_some() }),
            (None, _) => Err(Choice::People(self.people())),
        }
    }

    /// The boxes of several people, from left to right; none for one or nobody.
    #[must_use]
    pub fn people(&self) -> Vec<Rect> {
        let Found::Several(sight) = &self.found else { return Vec::new() };
        (0..sight.people.count()).map(|person| sight.people.bounds(person, self.frame.size())).collect()
    }

    /// The quarter turns, clockwise, after which a person is clearly more certain.
    #[must_use]
    pub const fn turns(&self) -> Option<u8> {
        self.turns
    }

    /// The photo.
    #[must_use]
    pub fn frame(&self) -> &Frame {
        &self.frame
    }
}
