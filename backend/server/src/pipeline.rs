//! One search from an upload to cards. Every step takes the type of the step before:
//!
//! [`decode`](crate::pictures::decode) → [`regions`] → [`look`] → [`garment`] → [`recognise`] (with
//! [`encode`](crate::networks::encode)) → [`rows`] (with [`matching`](crate::matching)) → [`cards`].
//! Before the match, [`dislikes`] move f(I) away from products. A search by numbers begins with what a browser has recognised: [`told`].
//! A [`query`] keeps what was decoded and encoded, for a search that is answered again.
//!
//! Decoding and encoding are on lower floors, because imports use them as well. [`search`] runs the steps for the server, also for
//! what is [`worn_with`] a product in its own pictures;
//! [`cutout`] does for photos on the command line what the browser does before an upload.

pub mod cards;
pub mod cutout;
pub mod dislikes;
pub mod garment;
pub mod kept;
pub mod look;
pub mod query;
pub mod recognise;
pub mod regions;
pub mod rows;
pub mod search;
pub mod told;
pub mod worn_with;
