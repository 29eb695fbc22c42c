//! The server through its router and the program through its command line, with the repository's networks and a
//! catalogue of drawn rectangles. One file for each resource or command.

mod api_v1_admin;
mod api_v1_facets;
mod api_v1_images;
mod api_v1_openapi;
mod api_v1_products;
mod api_v1_search;
mod api_v1_search_form;
mod api_v1_similar;
mod catalogue_edit;
mod catalogue_import;
mod catalogue_sale;
mod client;
mod command_line;
mod evaluate;
mod health;
mod import_killed;
mod origins;
mod reload;
mod support;
