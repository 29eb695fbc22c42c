//! One search from an upload to cards. Every step takes the type of the step before:
//!
//! [`decode`](crate::pictures::decode) → [`regions`] → [`look`] → [`garment`] → [`encode`](crate::networks::encode) →
//! [`matching`](crate::matching) → [`cards`].
//!
//! Decoding and encoding are on lower floors, because imports use them as well. [`search`] runs the steps for the server;
//! [`cutout`] does for photos on the command line what the browser does before an upload.

pub mod cards;
pub mod cutout;
pub mod garment;
pub mod look;
pub mod regions;
pub mod search;
