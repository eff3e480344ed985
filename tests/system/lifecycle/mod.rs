//! How the three programs start, how they end, and what they say when they cannot.

mod closed_output;
mod documentation;
mod embedded;
mod ending;
mod starting;
mod without_servers;
