//! The server through its router, with the repository's networks and a catalogue of drawn rectangles. One file for each
//! resource.

mod api_v1_admin;
mod api_v1_facets;
mod api_v1_images;
mod api_v1_openapi;
mod api_v1_products;
mod api_v1_search;
mod api_v1_search_form;
mod api_v1_similar;
mod client;
mod compression;
mod health;
mod origins;
mod reload;
mod requests;
mod support;
