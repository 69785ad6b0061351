//! The identity that is signed in to the Azure CLI.
//!
//! `azure_identity` runs the CLI; what is added is what the official provider does: a subscription chooses the account and rules a tenant
//! out, and managed identities, which take no tenant, are asked without one.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_identity::{AzureCliCredential, AzureCliCredentialOptions, Executor};

/// The credential of whoever is signed in.
#[derive(Debug)]
pub(super) struct CliCredential {
    subscription: Option<String>,
    tenant: Option<String>,
    executor: Arc<dyn Executor>,
}

impl CliCredential {
    /// Returns the credential; `executor` runs commands.
    pub(super) fn new(subscription: Option<String>, tenant: Option<String>, executor: Arc<dyn Executor>) -> CliCredential {
        // The CLI takes one of them, and a subscription says which tenant.
        let tenant = tenant.filter(|_| subscription.is_none());
        CliCredential { subscription, tenant, executor }
    }

    async fn ask(&self, tenant: Option<String>, scopes: &[&str]) -> azure_core::Result<AccessToken> {
        let options = AzureCliCredentialOptions {
            subscription: self.subscription.clone(),
            tenant_id: tenant,
            executor: Some(Arc::clone(&self.executor)),
        };
        AzureCliCredential::new(Some(options))?.get_token(scopes, None).await
    }
}

#[async_trait]
impl TokenCredential for CliCredential {
    async fn get_token(&self, scopes: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        match self.ask(self.tenant.clone(), scopes).await {
            Err(error) if self.tenant.is_some() && error.to_string().contains("Tenant shouldn't be specified for") => {
                self.ask(None, scopes).await
            }
            answer => answer,
        }
    }
}
