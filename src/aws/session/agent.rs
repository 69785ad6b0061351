//! What is added to the user agent: products of the settings, then TF_APPEND_USER_AGENT.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use super::variable;
use crate::aws::error::AwsError;
use crate::aws::settings::Settings;

/// What is added.
#[derive(Debug, Clone, Default)]
pub(super) struct Agent {
    text: String,
}

impl Agent {
    /// Returns what these settings and the environment add.
    ///
    /// # Errors
    /// When it cannot stand in a header.
    pub(super) fn new(settings: &Settings) -> Result<Agent, AwsError> {
        let mut products = settings.user_agent.clone();
        products.extend(variable("TF_APPEND_USER_AGENT").map(|text| text.trim().to_owned()));
        let text = products.join(" ");
        if text.chars().any(|character| !(' '..='~').contains(&character)) {
            let fault = "`user_agent` or TF_APPEND_USER_AGENT has characters that a header cannot hold; write printable ASCII".to_owned();
            return Err(AwsError::Settings { fault });
        }
        Ok(Agent { text })
    }

    /// Returns what adds it to each request; nothing where there is nothing to add.
    pub(super) fn interceptor(&self) -> Option<Agent> {
        (!self.text.is_empty()).then(|| self.clone())
    }
}

#[dyn_dispatch_hint]
impl Intercept for Agent {
    fn name(&self) -> &'static str {
        "Agent"
    }

    // The user agent is no part of what is signed.
    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.request_mut().headers_mut();
        let before = headers.get("user-agent").unwrap_or_default().to_owned();
        if !before.ends_with(&self.text) {
            headers.try_insert("user-agent", format!("{before} {}", self.text))?;
        }
        Ok(())
    }
}
