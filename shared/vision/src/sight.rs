//! Who is seen in a photo. In: [`Pixels`]. Out: a [`Sight`], and of that the [`Seen`] person who is meant, or [`Nobody`].

use stl_types::worker::Cause;
use stl_types::{ClassMap, Mask, People, Rect, Size};

use crate::certainty::Certainty;
use crate::error::SegmentError;
use crate::far_away;
use crate::input::{Pixels, resized};
use crate::picture_in_screenshot::picture_in_screenshot;
use crate::quality::Quality;
use crate::segmentation::Segmentation;
use crate::segmenter::Segmenter;
use crate::thing::{is_on_plain_background, thing};

/// Share of the pixels that a person must cover: 0.5 %, a standing figure of a tenth of the photo's height.
pub const MIN_COVERAGE: f64 = 0.005;

/// Whoever covers less of the photo and is not certain is too small to be seen.
const SMALL_COVERAGE: f64 = 0.03;

/// Least share of hair and skin in what may be a small person: a piece of a shop's garment has none.
const SMALL_BODY: f64 = 0.02;

/// Below this mean probability the photo may lie on its side. Of 360 photos of one upright person none has less, so that they cost no
/// further run of the network.
const MAY_LIE: f64 = 0.9;

/// A closer look that keeps less than this share of what was seen first is no better.
const CLOSER_KEEPS: f64 = 0.9;

/// A turned photo is offered if its person is more probable by this much, and at least this probable.
const CLEARLY_MORE: f64 = 0.2;
const CLEARLY: f64 = 0.6;

/// A person in a photo, or everybody.
#[derive(Clone, Debug)]
pub struct Seen {
    /// As the network has it; it may contain others.
    pub segmentation: Segmentation,
    /// What of the photo is kept.
    pub mask: Mask,
    /// The classes of what is kept, at about the network's resolution.
    pub regions: ClassMap,
}

/// A photo in which nobody is seen.
#[derive(Clone, Debug)]
pub struct Nobody {
    /// The likely reason.
    pub cause: Cause,
    /// What stands out from the background, if it may be a garment.
    pub thing: Option<Mask>,
}

/// What is seen in a photo.
#[derive(Clone, Debug)]
pub struct Sight {
    /// Everybody together.
    pub everybody: Seen,
    /// Who of them is where.
    pub people: People,
    /// How sure it is that these are people.
    pub certainty: Certainty,
    is_anybody: bool,
}

impl Sight {
    /// Whether a person is seen: with enough certainty, or in doubt and before a background that no shop's picture has.
    #[must_use]
    pub const fn is_anybody(&self) -> bool {
        self.is_anybody
    }
}

impl Segmenter {
    /// Looks at a photo once, or twice if people fill a small part of it. Of a screenshot it looks at the large picture in it. Where nobody is
    /// seen so, it looks at four parts of the photo, and again at whom it finds there: at most fifteen runs of the network.
    ///
    /// # Errors
    /// When the photo cannot be resampled, or running fails.
    pub fn look(&self, photo: Pixels<'_>) -> Result<Sight, SegmentError> {
        if let Some(part) = picture_in_screenshot(photo, self.input_size())
            && let Some(inside) = self.inside(photo, part)?
        {
            return Ok(inside);
        }
        let whole = self.look_near(photo)?;
        // A shop's picture of a garment has nobody in the distance.
        if whole.is_anybody() || is_on_plain_background(photo)? {
            return Ok(whole);
        }
        Ok(self.far_away(photo)?.unwrap_or(whole))
    }

    /// The same for photos that have nobody in the distance, such as a shop's of a garment and its wearer: at most two runs.
    ///
    /// # Errors
    /// As for [`Segmenter::look`].
    pub fn look_near(&self, photo: Pixels<'_>) -> Result<Sight, SegmentError> {
        self.sight_of(photo, self.segment(photo)?)
    }

    /// Who is seen in a part of the photo, if anybody: everything else is background, avatars and faces beside it too.
    fn inside(&self, photo: Pixels<'_>, part: Rect) -> Result<Option<Sight>, SegmentError> {
        let cropped = photo.cropped(part);
        let picture = Pixels::new(Size { width: part.width, height: part.height }, &cropped)?;
        let Sight { everybody, certainty, is_anybody, .. } = self.sight_of(picture, self.segment(picture)?)?;
        if !is_anybody {
            return Ok(None);
        }
        let segmentation = everybody.segmentation.placed_in(photo.size(), part);
        let mask = segmentation.mask()?;
        let regions = segmentation.regions(&mask);
        let people = regions.people();
        Ok(Some(Sight { everybody: Seen { segmentation, mask, regions }, people, certainty, is_anybody }))
    }

    /// A closer look at whoever is certain in parts of the photo: at all of them together if they stand apart, else at the most probable one.
    fn far_away(&self, photo: Pixels<'_>) -> Result<Option<Sight>, SegmentError> {
        let mut found: Vec<(f64, Rect)> = Vec::new();
        for part in far_away::parts(photo.size()) {
            let cropped = photo.cropped(part);
            let size = Size { width: part.width, height: part.height };
            let seen = self.segment(Pixels::new(size, &cropped)?)?;
            let certainty = self.certainty(&seen, &seen.regions(&seen.mask()?));
            let is_certain = certainty.is_enough() && certainty.of_person() >= far_away::LEAST_PROBABILITY;
            if let Some(of_part) = seen.foreground_box().filter(|_| is_certain) {
                let bounds = Rect { left: part.left + of_part.left, top: part.top + of_part.top, ..of_part };
                found.push((certainty.of_person(), bounds));
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        let boxes: Vec<Rect> = found.into_iter().map(|(_, bounds)| bounds).collect();
        if let Some(together) = far_away::apart(&boxes)
            && let Some(sight) = self.closer_sight(photo, together)?
            && sight.people.count() > 1
        {
            return Ok(Some(sight));
        }
        for &bounds in boxes.iter().take(far_away::TRIED) {
            if let Some(sight) = self.closer_sight(photo, bounds)? {
                return Ok(Some(sight));
            }
        }
        Ok(None)
    }

    /// Who is seen in a part of the photo; `None` if nobody.
    fn closer_sight(&self, photo: Pixels<'_>, part: Rect) -> Result<Option<Sight>, SegmentError> {
        let closer = self.closer(photo, part)?;
        let sight = closer.map(|seen| self.sight_of(photo, seen)).transpose()?;
        Ok(sight.filter(Sight::is_anybody))
    }

    fn certainty(&self, segmentation: &Segmentation, regions: &ClassMap) -> Certainty {
        Certainty::of(f64::from(segmentation.mean_probability), regions, self.knows_body())
    }

    fn sight_of(&self, photo: Pixels<'_>, segmentation: Segmentation) -> Result<Sight, SegmentError> {
        let mask = segmentation.mask()?;
        let regions = segmentation.regions(&mask);
        let certainty = self.certainty(&segmentation, &regions);
        let people = regions.people();
        let is_anybody = mask.coverage() >= MIN_COVERAGE
            && (certainty.is_enough() || certainty.is_doubtful() && !is_on_plain_background(photo)?);
        Ok(Sight { everybody: Seen { segmentation, mask, regions }, people, certainty, is_anybody })
    }

    /// One of several people, by another run on that person's part of the photo. Of a single person, what was seen already.
    ///
    /// # Errors
    /// When the photo cannot be resampled, or running fails.
    ///
    /// # Panics
    /// When there are fewer people.
    pub fn person(&self, photo: Pixels<'_>, sight: &Sight, person: usize) -> Result<Seen, SegmentError> {
        if sight.people.count() < 2 {
            return Ok(sight.everybody.clone());
        }
        let first = sight.people.only(person, &sight.everybody.mask);
        if let Some(closer) = self.closer(photo, sight.people.bounds(person, photo.size()))? {
            let mask = sight.people.only(person, &closer.mask()?).without_islands();
            // It is to find more of the person; people who embrace hide each other from it.
            if mask.coverage() >= CLOSER_KEEPS * first.coverage() {
                let regions = closer.regions(&mask);
                return Ok(Seen { segmentation: closer, mask, regions });
            }
        }
        let segmentation = sight.everybody.segmentation.clone();
        let mask = first.without_islands();
        let regions = segmentation.regions(&mask);
        Ok(Seen { segmentation, mask, regions })
    }

    /// Why nobody is seen, and what may be a garment alone.
    ///
    /// # Errors
    /// When the photo cannot be resampled.
    pub fn nobody(&self, photo: Pixels<'_>, sight: &Sight) -> Result<Nobody, SegmentError> {
        let cause = why_nobody(photo, sight)?;
        // Half a person, or a blurred one, is no garment alone.
        let may_be_thing =
            cause != Cause::Blurred && (sight.certainty.rules_out_person() || sight.certainty.is_doubtful());
        Ok(Nobody { cause, thing: if may_be_thing { thing(photo)? } else { None } })
    }

    /// The quarter turns, clockwise, after which a person is clearly more certain; `None` if none is, or the photo is certain as it is.
    /// At most two runs of the network.
    ///
    /// # Errors
    /// When the photo cannot be resampled, or running fails.
    pub fn better_turn(&self, photo: Pixels<'_>, sight: &Sight) -> Result<Option<u8>, SegmentError> {
        let certain = if sight.is_anybody() { sight.certainty.of_person() } else { 0.0 };
        if sight.is_anybody() && sight.certainty.foreground >= MAY_LIE {
            return Ok(None);
        }
        let size = photo.size().bounded(self.input_size().width.max(self.input_size().height));
        let small = resized(photo, size)?;
        let mut best = ((certain + CLEARLY_MORE).max(CLEARLY), None);
        // Upside down is rare, and things look like people then.
        for turns in [1, 3] {
            let (size, turned) = turned(size, &small, photo.channels(), turns);
            let turned = self.segment_once(Pixels::new(size, &turned)?)?;
            let mask = turned.mask()?;
            let regions = turned.regions(&mask);
            let certainty = self.certainty(&turned, &regions);
            let is_enough = mask.coverage() >= MIN_COVERAGE && certainty.foreground >= MAY_LIE;
            if is_enough && certainty.of_person() > best.0 {
                best = (certainty.of_person(), Some(turns));
            }
        }
        Ok(best.1)
    }
}

/// The likely reason why nobody is seen.
fn why_nobody(photo: Pixels<'_>, sight: &Sight) -> Result<Cause, SegmentError> {
    let quality = Quality::of(photo)?;
    let coverage = sight.everybody.mask.coverage();
    Ok(if quality.is_blurred() {
        Cause::Blurred
    } else if quality.is_dark() {
        Cause::Dark
    } else if coverage > 0.0 && coverage < SMALL_COVERAGE && sight.certainty.hair + sight.certainty.skin >= SMALL_BODY {
        Cause::Small
    } else {
        Cause::Nobody
    })
}

/// A picture after quarter turns clockwise, `(H, W, channels)` row-major, and its size.
#[must_use]
pub fn turned(size: Size, bytes: &[u8], channels: usize, turns: u8) -> (Size, Vec<u8>) {
    let Size { width, height } = size;
    let to = if turns.is_multiple_of(2) { size } else { Size { width: height, height: width } };
    let mut result = Vec::with_capacity(bytes.len());
    for y in 0..to.height {
        for x in 0..to.width {
            let (column, row) = match turns % 4 {
                0 => (x, y),
                1 => (y, height - 1 - x),
                2 => (width - 1 - x, height - 1 - y),
                _ => (width - 1 - y, x),
            };
            let at = (row * width + column) as usize * channels;
            result.extend_from_slice(&bytes[at..at + channels]);
        }
    }
    (to, result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_turns_clockwise_and_four_turns_are_none() {
        let size = Size { width: 3, height: 2 };
        let picture = [1, 2, 3, 4, 5, 6];
        let upright = Size { width: 2, height: 3 };
        assert_eq!(turned(size, &picture, 1, 1), (upright, vec![4, 1, 5, 2, 6, 3]));
        assert_eq!(turned(size, &picture, 1, 2), (size, vec![6, 5, 4, 3, 2, 1]));
        assert_eq!(turned(size, &picture, 1, 3), (upright, vec![3, 6, 2, 5, 1, 4]));
        assert_eq!(turned(size, &picture, 1, 4), (size, picture.to_vec()));
        assert_eq!(turned(size, &[1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6], 2, 1).1[..4], [4, 4, 1, 1]);
    }
}
