//! Tests of this server by itself: requests as they come in, answers as they go out, without a socket between.

mod access;
mod client;
mod content;
mod faults;
mod identity;
mod operations;
mod rows;

pub(crate) use client::Client;
