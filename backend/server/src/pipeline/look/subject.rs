//! What a cutout shows: a person, or one garment. In: what a request says. Out: a [`Subject`].

use serde::{Deserialize, Serialize};

/// What a cutout shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A person.
    #[default]
    Person,
    /// One garment that nobody wears.
    Garment,
}
