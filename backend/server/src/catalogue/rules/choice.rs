//! Which rules a search applies. In: what a request chooses. Out: a [`RuleChoice`].

/// Which rules a search applies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleChoice {
    /// None that pin, boost or bury. What is excluded for all variants stays excluded.
    pub off: bool,
    /// Also the rules of this variant.
    pub variant: String,
}

impl RuleChoice {
    /// No rule but those that exclude.
    #[must_use]
    pub fn off() -> Self {
        Self { off: true, variant: String::new() }
    }
}
