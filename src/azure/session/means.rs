//! From the way that is taken to what gives tokens: the credentials of `azure_identity`, and ours where it lacks something.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::policies::Policy;
use azure_core::http::{ClientMethodOptions, ClientOptions, HttpClient, Pipeline, RetryOptions, Transport, UserAgentOptions};
use azure_identity::{
    ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    Executor,
};

use super::assertion::Asked;
use super::bearer::{Bearer, Make};
use super::certificate::Signed;
use super::cli::CliCredential;
use super::machine::{MachineCredential, WAITS};
use super::refusal::Refusals;
use super::told::{Shown, SignInError, Whence, causes};
use super::way::{Application, Chosen, Way};
use crate::azure::cloud::Cloud;
use crate::azure::http::Http;
use crate::azure::settings;

/// Our name in the user agent.
const NAME: &str = "terraform-provider-emc";

/// What tokens are asked for with.
pub(super) struct Means<'a> {
    pub(super) http: &'a Http,
    pub(super) agent: Arc<dyn Policy>,
    /// Runs the Azure CLI.
    pub(super) executor: &'a Arc<dyn Executor>,
}

impl Means<'_> {
    /// Returns what asks for anything but tokens.
    pub(super) fn pipeline(&self) -> Pipeline {
        pipeline(self.options(&self.http.outside, RetryOptions::default()))
    }

    /// Returns what gives tokens this way; nobody is asked yet.
    ///
    /// # Errors
    /// When the library takes something for impossible that was not found before.
    pub(super) fn bearer(&self, chosen: Chosen, cloud: &Cloud) -> Result<Bearer, SignInError> {
        let Chosen { way, beside } = chosen;
        let (make, whence): (Make, Whence) = match way {
            Way::Certificate { who, certificate } => {
                let audience = cloud.token_url(&who.tenant).map_err(unusable)?.to_string();
                let signed = Signed { certificate, client: who.client.clone(), audience };
                (self.asserting(&who, Arc::new(signed), cloud), whence(who, Shown::Certificate, cloud))
            }
            Way::Secret { who, secret } => (self.secret(&who, secret, cloud), whence(who, Shown::Secret, cloud)),
            Way::Token { who, token } => (self.asserting(&who, Arc::new(token), cloud), whence(who, Shown::Token, cloud)),
            Way::Pipeline { who, inquiry } => {
                let asked = Asked { inquiry, pipeline: self.pipeline() };
                (self.asserting(&who, Arc::new(asked), cloud), whence(who, Shown::Token, cloud))
            }
            Way::Machine(identity) => {
                let whence = Whence::Machine { endpoint: identity.endpoint.to_string(), client: identity.client.clone() };
                let pipeline = pipeline(self.options(&self.http.inside, RetryOptions::none()));
                (same(Arc::new(MachineCredential { identity, pipeline, waits: WAITS })), whence)
            }
            Way::Cli { subscription, tenant } => {
                (same(Arc::new(CliCredential::new(subscription, tenant, Arc::clone(self.executor)))), Whence::Cli)
            }
        };
        make()?;
        Ok(Bearer::new(make, whence, beside))
    }

    fn secret(&self, who: &Application, secret: settings::Secret, cloud: &Cloud) -> Make {
        let (Application { tenant, client }, options) = (who.clone(), self.sign_in(cloud));
        Box::new(move || {
            let options = ClientSecretCredentialOptions { client_options: options.clone() };
            let secret = Secret::new(secret.reveal().to_owned());
            match ClientSecretCredential::new(&tenant, client.clone(), secret, Some(options)) {
                Ok(credential) => Ok(credential),
                Err(error) => Err(unusable(causes(&error))),
            }
        })
    }

    fn asserting(&self, who: &Application, shown: Arc<dyn ClientAssertion>, cloud: &Cloud) -> Make {
        let (Application { tenant, client }, options) = (who.clone(), self.sign_in(cloud));
        Box::new(move || {
            let options = ClientAssertionCredentialOptions { client_options: options.clone() };
            match ClientAssertionCredential::new(tenant.clone(), client.clone(), Shared(Arc::clone(&shown)), Some(options)) {
                Ok(credential) => Ok(credential),
                Err(error) => Err(unusable(causes(&error))),
            }
        })
    }

    /// Without a cloud of its own, the library would follow AZURE_AUTHORITY_HOST.
    fn sign_in(&self, cloud: &Cloud) -> ClientOptions {
        let mut custom = CustomConfiguration::default();
        custom.authority_host = cloud.authority.to_string();
        ClientOptions {
            cloud: Some(Arc::new(CloudConfiguration::Custom(custom))),
            per_call_policies: vec![Arc::new(Refusals)],
            ..self.options(&self.http.outside, RetryOptions::default())
        }
    }

    fn options(&self, http: &Arc<dyn HttpClient>, retry: RetryOptions) -> ClientOptions {
        ClientOptions {
            per_try_policies: vec![Arc::clone(&self.agent)],
            retry,
            transport: Some(Transport::new(Arc::clone(http))),
            user_agent: UserAgentOptions { application_id: Some(NAME.to_owned()) },
            ..ClientOptions::default()
        }
    }
}

/// A credential that keeps no tokens itself.
fn same(credential: Arc<dyn TokenCredential>) -> Make {
    Box::new(move || Ok(Arc::clone(&credential)))
}

fn whence(who: Application, shows: Shown, cloud: &Cloud) -> Whence {
    Whence::Application { tenant: who.tenant, client: who.client, shows, authority: cloud.authority.to_string() }
}

/// What an application shows, for one credential after the other.
#[derive(Debug)]
struct Shared(Arc<dyn ClientAssertion>);

#[async_trait]
impl ClientAssertion for Shared {
    async fn secret(&self, options: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        self.0.secret(options).await
    }
}

fn pipeline(options: ClientOptions) -> Pipeline {
    Pipeline::new(option_env!("CARGO_PKG_NAME"), option_env!("CARGO_PKG_VERSION"), options, Vec::new(), Vec::new(), None)
}

fn unusable(fault: String) -> SignInError {
    SignInError {
        fault,
        advice: "Correct the `azure` block of the provider, or what the environment says in its place.".to_owned(),
        attribute: None,
    }
}
