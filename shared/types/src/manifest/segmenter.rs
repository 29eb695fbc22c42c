//! What a segmenter's output means. In: its manifest entry. Out: a checked [`SegmenterLayout`].
//!
//! A segmenter reads `(1, 3, H, W)` and returns `(1, C, H / s, W / s)` logits with s = 1, 2 or 4. Its channels are those of `classes`, and
//! with s = 2 there may be [`Manifest::SUB_PIXELS`] residuals of the foreground's log-odds behind them. `classes` are either `person` alone,
//! whose channel is its log-odds, or `background` and then any of the other [`Class`]es, or `person` for whatever a person consists of. A
//! network without garments is enough: the whole person is searched.

use super::{Manifest, NetworkSpec};
use crate::Class;

/// The class of a person whose parts the network does not tell apart.
const PERSON: &str = "person";

/// What the channels of a segmenter's output mean, and how large its pixels are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmenterLayout {
    /// The class of each of the first channels; `person` counts as [`Class::OtherWorn`].
    pub classes: Vec<Class>,
    /// Whether residuals of the foreground's log-odds follow, one for each input pixel under an output pixel.
    pub has_residuals: bool,
    /// Input pixels along each side of an output pixel: 1, 2 or 4.
    pub stride: usize,
}

/// Classes, input and output of an entry do not fit each other. Not a [`super::ManifestError`]: the worker shall not contain a reader of TOML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the segmenter does not fit this program: expected {expected}, got {received}")]
pub struct LayoutError {
    /// The values that this program supports.
    pub expected: String,
    /// The value in the manifest.
    pub received: String,
}

impl SegmenterLayout {
    /// Whether the network tells hair and skin from clothes, so that they can be removed.
    #[must_use]
    pub fn knows_body(&self) -> bool {
        [Class::Hair, Class::Skin].iter().all(|class| self.classes.contains(class))
    }
}

impl NetworkSpec {
    /// What the output of this entry's network means, if it is a segmenter.
    ///
    /// # Errors
    /// When classes, input and output do not fit each other.
    pub fn segmenter_layout(&self) -> Result<SegmenterLayout, LayoutError> {
        let known = Class::ALL.map(Class::as_str);
        let names = format!("classes [{PERSON:?}], or \"background\" and then others of {known:?} or {PERSON:?}");
        let refused = |expected, received| LayoutError { expected, received };
        let classes = classes(&self.classes).ok_or_else(|| refused(names, format!("{:?}", self.classes)))?;
        let [_, _, height, width] = self.input;
        let count = classes.len();
        let fits = |stride: usize, channels: usize| {
            [height, width].iter().all(|side| side.is_multiple_of(stride.max(2)))
                && self.output == [1, channels, height / stride, width / stride]
        };
        let found = [(1, 0), (2, 0), (2, Manifest::SUB_PIXELS), (4, 0)]
            .into_iter()
            .find(|(stride, residuals)| fits(*stride, count + residuals));
        let shapes = format!(
            "an output {:?}, {:?} with residuals, {:?} or {:?} for {count} classes and the input {:?}, whose sides are even",
            [1, count, height / 2, width / 2],
            [1, count + Manifest::SUB_PIXELS, height / 2, width / 2],
            [1, count, height, width],
            [1, count, height / 4, width / 4],
            self.input,
        );
        let (stride, residuals) = found.ok_or_else(|| refused(shapes, format!("{:?}", self.output)))?;
        Ok(SegmenterLayout { classes, has_residuals: residuals > 0, stride })
    }
}

/// The classes of these names; `None` if they are not as the module says.
fn classes(names: &[String]) -> Option<Vec<Class>> {
    if names == [PERSON] {
        return Some(vec![Class::OtherWorn]);
    }
    let class = |name: &String| match name.as_str() {
        PERSON => Some(Class::OtherWorn),
        name => Class::ALL.into_iter().find(|class| class.as_str() == name),
    };
    let classes = names.iter().map(class).collect::<Option<Vec<_>>>()?;
    let is_distinct = classes.iter().enumerate().all(|(at, class)| !classes[..at].contains(class));
    (classes.len() > 1 && classes[0] == Class::Background && is_distinct).then_some(classes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> NetworkSpec {
        let manifest = Manifest::parse(include_str!("../../../../models/manifest.toml"));
        manifest.expect("the shipped manifest").street2fashion
    }

    fn with(classes: &[&str], output: [usize; 3]) -> Result<SegmenterLayout, LayoutError> {
        let classes = classes.iter().map(|&name| name.to_owned()).collect();
        NetworkSpec { classes, output: [&[1][..], &output].concat(), ..shipped() }.segmenter_layout()
    }

    #[test]
    fn the_shipped_segmenter_has_all_classes_and_residuals() {
        let layout = shipped().segmenter_layout().expect("a segmenter");
        assert_eq!(layout, SegmenterLayout { classes: Class::ALL.to_vec(), has_residuals: true, stride: 2 });
        assert!(layout.knows_body());
    }

    #[test]
    fn background_and_person_are_enough() {
        let of = |classes: &[Class], has_residuals, stride| SegmenterLayout {
            classes: classes.to_vec(),
            has_residuals,
            stride,
        };
        let both = [Class::Background, Class::OtherWorn];
        assert_eq!(with(&["background", "person"], [2, 144, 96]), Ok(of(&both, false, 2)));
        assert_eq!(with(&["background", "person"], [6, 144, 96]), Ok(of(&both, true, 2)));
        assert_eq!(with(&["person"], [1, 288, 192]), Ok(of(&[Class::OtherWorn], false, 1)));
        assert_eq!(with(&["person"], [1, 72, 48]), Ok(of(&[Class::OtherWorn], false, 4)));
        let some = with(&["background", "dresses", "person"], [3, 144, 96]).expect("a part of the classes");
        assert_eq!(some.classes, [Class::Background, Class::Dresses, Class::OtherWorn]);
        assert!(!some.knows_body());
        assert!(with(&["background", "skin", "hair", "person"], [4, 144, 96]).expect("a body").knows_body());
    }

    #[test]
    fn other_classes_and_shapes_are_refused_with_what_was_expected() {
        for classes in [&["person", "background"][..], &["background"], &["background", "cat"], &[], &["hair"]] {
            let refusal = with(classes, [classes.len(), 144, 96]).expect_err("a refusal").to_string();
            assert!(refusal.contains("expected classes"), "{refusal}");
            assert!(refusal.contains(&format!("got {classes:?}")), "{refusal}");
        }
        assert!(with(&["background", "person", "other-worn"], [3, 144, 96]).is_err(), "two names of one class");
        for output in [[3, 144, 96], [2, 144, 95], [6, 288, 192], [2, 36, 24]] {
            let refusal = with(&["background", "person"], output).expect_err("a refusal").to_string();
            assert!(
                refusal.contains("expected an output [1, 2, 144, 96], [1, 6, 144, 96] with residuals"),
                "{refusal}"
            );
            assert!(refusal.contains(&format!("got [1, {}, {}, {}]", output[0], output[1], output[2])), "{refusal}");
        }
    }
}
