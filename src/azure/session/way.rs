//! Which way of signing in is taken, and with what.
//!
//! The order is the official provider's: a certificate, a secret, a token, a pipeline's token, the machine's identity, the Azure CLI. It
//! reads files and judges texts, but asks nobody. What is written in the settings and cannot be used is an error; what only the
//! environment says and is incomplete is passed over, as the official provider does, and told if nothing else works.

use azure_core::http::Url;

use super::assertion::{Inquiry, Token};
use super::certificate::Certificate;
use super::given::{Given, Place, Said};
use super::machine::Identity;
use super::told::{SignInError, WAYS};
use super::{at_fault, check, file};
use crate::azure::settings::Secret;

#[cfg(test)]
mod tests;

/// A way of signing in.
#[derive(Debug)]
pub(super) enum Way {
    /// An application with its certificate.
    Certificate { who: Application, certificate: Certificate },
    /// An application with its secret.
    Secret { who: Application, secret: Secret },
    /// An application with the token of an identity provider.
    Token { who: Application, token: Token },
    /// An application with a token that a pipeline asks for.
    Pipeline { who: Application, inquiry: Inquiry },
    /// The identity of the machine.
    Machine(Identity),
    /// Whoever is signed in to the Azure CLI.
    Cli { subscription: Option<String>, tenant: Option<String> },
}

/// An application in a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Application {
    pub(super) tenant: String,
    pub(super) client: String,
}

/// The way that is taken.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) way: Way,
    /// Why ways before it are not, where something for them is set.
    pub(super) beside: Vec<String>,
}

impl Chosen {
    /// Returns the way that what is given leads to.
    ///
    /// # Errors
    /// When a file cannot be used, texts contradict each other or cannot be right, or no way is left.
    pub(super) fn of(given: &Given) -> Result<Chosen, SignInError> {
        let mut who = Who::of(given)?;
        let way = match who.application_way(given)? {
            Some(way) => way,
            None => match &given.machine {
                Some(machine) => Way::Machine(Identity::new(machine, who.client.map(|client| client.value))?),
                None if given.cli => Way::Cli {
                    subscription: given.subscription.as_ref().map(|subscription| subscription.value.clone()),
                    tenant: who.tenant.map(|tenant| tenant.value),
                },
                None => return Err(nothing(&who.beside)),
            },
        };
        Ok(Chosen { way, beside: who.beside })
    }
}

/// Who may sign in, and why some ways are not open.
struct Who {
    client: Option<Said<String>>,
    tenant: Option<Said<String>>,
    beside: Vec<String>,
}

impl Who {
    fn of(given: &Given) -> Result<Who, SignInError> {
        let workload = given.workload.as_ref();
        let client =
            [given.client.clone(), read(given.client_file.as_ref(), "client id")?, workload.and_then(|workload| workload.client.clone())];
        let tenant = [given.tenant.clone(), workload.and_then(|workload| workload.tenant.clone())];
        let tenant = file::agreed("tenant id", tenant.into_iter().flatten())?;
        if let Some(said) = &tenant {
            check::tenant(&said.value).map_err(|fault| at_fault(said.place, fault, format!("Correct {}.", said.place)))?;
        }
        Ok(Who { client: file::agreed("client id", client.into_iter().flatten())?, tenant, beside: Vec::new() })
    }

    /// The ways of an application, in their order.
    fn application_way(&mut self, given: &Given) -> Result<Option<Way>, SignInError> {
        let certificate = given.certificate.as_ref().map(|said| said.place).or(given.certificate_file.as_ref().map(|said| said.place));
        if let Some(who) = certificate.map(|place| self.application("a certificate", place)).transpose()?.flatten() {
            let password = given.certificate_password.as_ref();
            let certificate = match (&given.certificate, &given.certificate_file) {
                (Some(text), _) => Some(Certificate::of_text(text, password)?),
                (None, Some(path)) => Some(Certificate::of_file(path, password)?),
                (None, None) => None,
            };
            if let Some(certificate) = certificate {
                return Ok(Some(Way::Certificate { who, certificate }));
            }
        }
        let shown = |said: &Said<Secret>| Said { value: said.value.reveal().to_owned(), place: said.place };
        let secret = [given.secret.as_ref().map(shown), read(given.secret_file.as_ref(), "client secret")?];
        if let Some(secret) = file::agreed("client secret", secret.into_iter().flatten())?
            && let Some(who) = self.application("a secret", secret.place)?
        {
            return Ok(Some(Way::Secret { who, secret: Secret::from(secret.value) }));
        }
        self.federated_way(given)
    }

    /// The ways of an application that shows somebody else's token.
    fn federated_way(&mut self, given: &Given) -> Result<Option<Way>, SignInError> {
        let file = given.workload.as_ref().and_then(|workload| workload.token_file.as_ref()).or(given.token_file.as_ref());
        if !given.oidc {
            if let Some(place) = given.token.as_ref().map(|said| said.place).or(file.map(|said| said.place)) {
                self.beside.push(format!("{place}, because `use_oidc` (ARM_USE_OIDC) is off"));
            }
            return Ok(None);
        }
        let texts = [
            given.token.as_ref().map(|said| Said { value: said.value.reveal().to_owned(), place: said.place }),
            read(given.token_file.as_ref(), "token")?,
            read(given.workload.as_ref().and_then(|workload| workload.token_file.as_ref()), "token")?,
        ];
        if let Some(token) = file::agreed("token", texts.into_iter().flatten())?
            && let Some(who) = self.application("a token", token.place)?
        {
            let token = file.map_or_else(|| Token::Inline(Secret::from(token.value)), |path| Token::File(path.clone()));
            return Ok(Some(Way::Token { who, token }));
        }
        match (&given.request_url, &given.request_token) {
            (Some(url), Some(bearer)) => {
                let connection = given.connection.as_ref().map(|connection| connection.value.clone());
                let parsed = Url::parse(&url.value).ok().filter(|_| check::url(&url.value).is_ok());
                let wrong = || {
                    at_fault(url.place, format!("{} is `{}`, which is not a URL", url.place, url.value), format!("Correct {}.", url.place))
                };
                let Some(who) = self.application_of_environment("a token of this pipeline", url.place) else { return Ok(None) };
                Ok(Some(Way::Pipeline {
                    who,
                    inquiry: Inquiry { url: parsed.ok_or_else(wrong)?, bearer: bearer.value.clone(), connection },
                }))
            }
            (url, bearer) => {
                let lacking = match (url.is_some(), bearer.is_some()) {
                    (false, false) => "neither `oidc_token` nor `oidc_token_file_path` nor a pipeline gives a token",
                    (false, true) => "there is an `oidc_request_token`, but no `oidc_request_url`",
                    (true, _) => "there is an `oidc_request_url`, but no `oidc_request_token`",
                };
                self.beside.push(format!("`use_oidc`, because {lacking}"));
                Ok(None)
            }
        }
    }

    /// Returns the application that shows what was said in this place.
    fn application(&mut self, shows: &str, place: Place) -> Result<Option<Application>, SignInError> {
        match (self.application_of_environment(shows, place), place) {
            (None, Place::Attribute(_)) => {
                let fault = format!("{place} is set, but {}", self.lacking());
                let advice = format!("Set {}, or take {place} out.", self.lacking_names());
                Err(at_fault(place, fault, advice))
            }
            (who, _) => Ok(who),
        }
    }

    /// The same for what may be there by chance.
    fn application_of_environment(&mut self, shows: &str, place: Place) -> Option<Application> {
        match (&self.client, &self.tenant) {
            (Some(client), Some(tenant)) => Some(Application { tenant: tenant.value.clone(), client: client.value.clone() }),
            (_, _) => {
                self.beside.push(format!("{shows} ({place}), because {}", self.lacking()));
                None
            }
        }
    }

    fn lacking(&self) -> &'static str {
        match (&self.client, &self.tenant) {
            (None, None) => "there is neither a `client_id` nor a `tenant_id`",
            (None, Some(_)) => "there is no `client_id`",
            (Some(_), _) => "there is no `tenant_id`",
        }
    }

    fn lacking_names(&self) -> &'static str {
        match (&self.client, &self.tenant) {
            (None, None) => "`client_id` and `tenant_id` (ARM_CLIENT_ID, ARM_TENANT_ID)",
            (None, Some(_)) => "`client_id` (ARM_CLIENT_ID)",
            (Some(_), _) => "`tenant_id` (ARM_TENANT_ID)",
        }
    }
}

fn read(path: Option<&Said<String>>, what: &str) -> Result<Option<Said<String>>, SignInError> {
    path.map(|path| Ok(Said { value: file::text(path, what)?, place: path.place })).transpose()
}

fn nothing(beside: &[String]) -> SignInError {
    let passed = if beside.is_empty() { String::new() } else { format!(" Passed over: {}.", beside.join("; ")) };
    SignInError {
        fault: "nothing in the `azure` block and the environment says how to sign in to Azure, and `use_cli` is off".to_owned(),
        advice: format!("{WAYS} Or leave `use_cli` on and run `az login`.{passed}"),
        attribute: Some("use_cli"),
    }
}
