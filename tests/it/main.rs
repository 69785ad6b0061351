//! Integration tests: one binary, so that the SDK is linked once.
//!
//! `cfg(test)` stands at every module because clippy allows `unwrap` and its like only below it.

#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws", feature = "azure"))]
mod account;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws", feature = "azure", feature = "test-servers"))]
mod azure;
#[cfg(test)]
#[cfg(feature = "codegen")]
mod codegen;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws", feature = "azure"))]
mod conformity;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws", feature = "azure"))]
mod data_sources;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws", feature = "azure"))]
mod docs;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws", feature = "azure"))]
mod examples;
#[cfg(test)]
mod expansion;
#[cfg(test)]
#[cfg(all(unix, feature = "plugin", feature = "aws", feature = "azure"))]
mod faults;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws", feature = "azure"))]
mod functions;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws", feature = "azure"))]
mod guides;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws", feature = "azure"))]
mod harness;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws", feature = "azure"))]
mod input;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws", feature = "azure"))]
mod logs;
#[cfg(test)]
mod matrix;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws", feature = "azure"))]
mod matrix_diff;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws", feature = "azure"))]
mod ownership;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws", feature = "azure"))]
mod reach;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws", feature = "azure"))]
mod rollout;
#[cfg(test)]
#[cfg(all(feature = "plugin", feature = "aws", feature = "azure"))]
mod support;
#[cfg(test)]
mod tidy;
