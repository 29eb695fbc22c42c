//! The server through its router, with the repository's networks and a catalogue of drawn rectangles, one file for each resource; and
//! imports whose feeds or picture hosts fail.

mod api_v1_admin;
mod api_v1_admin_insight;
mod api_v1_admin_jobs;
mod api_v1_admin_rules;
mod api_v1_admin_uploads;
mod api_v1_events;
mod api_v1_facets;
mod api_v1_images;
mod api_v1_looks;
mod api_v1_markets;
mod api_v1_openapi;
mod api_v1_products;
mod api_v1_search;
mod api_v1_search_form;
mod api_v1_search_numbers;
mod api_v1_similar;
mod api_v1_sizes;
mod backup;
mod catalogue_faults;
mod client;
mod client_limit;
mod compression;
mod feed_cases;
mod further_pictures;
mod graphics_processor;
mod health;
mod markets;
mod metrics;
mod origins;
mod picture_host;
mod reload;
mod requests;
mod rules_reference;
mod scheduled_feeds;
mod support;
