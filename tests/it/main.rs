//! Integration tests: one binary, so that the SDK is linked once.
//!
//! `cfg(test)` stands at every module because clippy allows `unwrap` and its like only below it.

#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws"))]
mod account;
#[cfg(test)]
#[cfg(feature = "codegen")]
mod codegen;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws"))]
mod conformity;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws"))]
mod data_sources;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws"))]
mod docs;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws"))]
mod examples;
#[cfg(test)]
mod expansion;
#[cfg(test)]
#[cfg(all(unix, feature = "plugin", feature = "aws"))]
mod faults;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws"))]
mod guides;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws"))]
mod harness;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws"))]
mod input;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws"))]
mod logs;
#[cfg(test)]
mod matrix;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws"))]
mod ownership;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws"))]
mod reach;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws"))]
mod rollout;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws"))]
mod support;
#[cfg(test)]
mod tidy;
