//! The root of the crate `stl-readers`: the server's readers of strangers' bytes, without the server. In: bytes. Out: what the server makes of
//! them.
//!
//! The modules are the server's own files. What they need beside them is small, so they are built in a minute with the flags of
//! `cargo xtask fuzz` and `cargo xtask sanitize`, where the whole server takes many. A reader that imports more fails to compile here:
//! give what it needs a file of its own.

#![expect(dead_code, reason = "readers alone use only a part of what they share with the server")]

pub mod catalogue {
    //! See the server's `catalogue.rs`.

    pub mod address;
    pub mod article;
    pub mod assortment;
    pub mod categories;
    pub mod category_table;
    pub mod features;
    pub mod feed;
    pub mod filter;
    pub mod guess;
    mod invisible;
    pub mod sale;
    pub mod sizes;
    pub mod variant;
    mod words;

    pub mod rules {
        //! See the server's `catalogue/rules.rs`.

        mod check;
        mod choice;
        mod read;
        mod rule;
        mod text;

        pub use choice::RuleChoice;
        pub use read::RulesError;
        pub use rule::{FILE, MAX_PINNED, MAX_RULES, MAX_RULES_BYTES, MAX_VARIANTS, Rule, Rules};
    }

    pub use rules::{RuleChoice, Rules};
}

pub mod counted;
pub mod digest;
mod errors;
pub mod files;

pub mod http {
    //! See the server's `http.rs`.

    pub mod params;

    pub mod routes {
        //! See the server's `http/routes.rs`.

        pub mod search {
            //! See the server's `http/routes/search.rs`.

            mod form;
            #[cfg(fuzzing)]
            pub mod fuzzing;
            mod request;
        }
    }
}

pub mod matching {
    //! See the server's `matching.rs`.

    #[cfg(test)]
    mod fixtures;
    pub mod machine;
    #[cfg(test)]
    pub mod score;
    #[cfg(test)]
    pub mod weights;
}

pub mod networks {
    //! See the server's `networks.rs`.

    pub mod category_head {
        //! See the server's `networks/category_head.rs`.

        mod unsure;

        pub use unsure::Unsure;
    }
}

pub mod pictures {
    //! See the server's `pictures.rs`.

    pub mod decode;
    pub mod product;
    mod profile;
    mod tiff;
}

pub mod pipeline {
    //! See the server's `pipeline.rs`.

    pub mod look {
        //! See the server's `pipeline/look.rs`.

        mod subject;

        pub use subject::Subject;
    }

    pub mod regions;

    pub mod search {
        //! See the server's `pipeline/search.rs`.

        pub mod params;
    }
}
