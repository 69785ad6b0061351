//! The identity of a machine, and whoever is signed in to the Azure CLI.

use std::ffi::OsStr;
use std::io;
use std::process::{ExitStatus, Output};

use super::*;

async fn of_machine(settings: Settings, variables: &[(&str, &str)]) -> Seen {
    let (outside, inside) = (Server::new(nobody), Server::new(azure));
    let session = session(Settings { use_msi: Some(true), ..settings }, variables, &outside, &inside);
    assert_eq!(token(&session).await.unwrap().token.secret(), "access-hush");
    let seen = inside.seen();
    assert_eq!(seen.len(), 1, "{seen:?}");
    seen.into_iter().next().unwrap()
}

#[tokio::test]
async fn a_virtual_machine_asks_its_metadata_service() {
    let seen = of_machine(Settings::default(), &[]).await;
    assert_eq!((seen.line.as_str(), seen.header("metadata")), ("GET http://169.254.169.254/metadata/identity/oauth2/token", "true"));
    let asked = |name| seen.parameter(name);
    assert_eq!([asked("api-version"), asked("resource")], [text("2018-02-01"), text("https://management.azure.com")]);
    assert_eq!((asked("client_id"), seen.header("x-identity-header")), (None, ""));
    let seen = of_machine(application(), &[]).await;
    assert_eq!(seen.parameter("client_id"), text("the-client"));
}

#[tokio::test]
async fn another_endpoint_is_asked_in_its_own_version_and_gets_nobody_elses_header() {
    let settings =
        Settings { msi_endpoint: text("http://localhost:42356/msi/token"), msi_api_version: text("2019-08-01"), ..Settings::default() };
    let host = |endpoint| [("IDENTITY_ENDPOINT", endpoint), ("IDENTITY_HEADER", "header-hush")];
    let seen = of_machine(settings.clone(), &host("http://elsewhere/msi/token")).await;
    assert_eq!((seen.line.as_str(), seen.header("x-identity-header")), ("GET http://localhost:42356/msi/token", ""));
    assert_eq!(seen.parameter("api-version"), text("2019-08-01"));
    // Of a web app, a function, a container app.
    let own = "http://localhost:42356/msi/token";
    assert_eq!(of_machine(settings, &host(own)).await.header("x-identity-header"), "header-hush");
    let seen = of_machine(Settings::default(), &host(own)).await;
    assert_eq!((seen.line.as_str(), seen.header("x-identity-header")), ("GET http://localhost:42356/msi/token", "header-hush"));
    assert_eq!(seen.parameter("api-version"), text("2019-08-01"));
}

/// The Azure CLI: notes what it is asked, and answers with what a function says.
struct Cli {
    answer: fn(&str) -> Result<String, String>,
    asked: Mutex<Vec<String>>,
}

impl fmt::Debug for Cli {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Cli")
    }
}

#[async_trait]
impl Executor for Cli {
    async fn run(&self, _: &OsStr, arguments: &[&OsStr]) -> io::Result<Output> {
        let command =
            arguments.last().and_then(|command| command.to_str()).and_then(|command| command.split("&& ").nth(1)).unwrap().to_owned();
        let answer = (self.answer)(&command);
        self.asked.lock().unwrap().push(command);
        let status = if answer.is_ok() { 0 } else { 1 << 8 };
        let status: ExitStatus = std::os::unix::process::ExitStatusExt::from_raw(status);
        let (stdout, stderr) = answer.map_or_else(|error| (String::new(), error), |text| (text, String::new()));
        Ok(Output { status, stdout: stdout.into_bytes(), stderr: stderr.into_bytes() })
    }
}

const GIVEN: &str = r#"{"accessToken":"access-hush","expires_on":4102444800,"tokenType":"Bearer"}"#;

async fn of_cli(settings: Settings, answer: fn(&str) -> Result<String, String>) -> (Result<AccessToken, SignInError>, Vec<String>) {
    let cli = Arc::new(Cli { answer, asked: Mutex::default() });
    let nobody = Server::new(nobody);
    let session = Session { executor: cli.clone(), ..session(settings, &[], &nobody, &nobody) };
    let answer = token(&session).await;
    let asked = std::mem::take(&mut *cli.asked.lock().unwrap());
    (answer, asked)
}

#[tokio::test]
async fn the_cli_is_asked_for_the_account_that_is_meant() {
    let ask = "az account get-access-token -o json --scope https://management.azure.com/.default";
    let subscription = "8d1cbf8e-6b5b-4d5e-9a3c-0c5e2f6a7b81";
    let with_subscription = Settings { subscription_id: text(subscription), ..application() };
    for (settings, asked) in [
        (Settings::default(), ask.to_owned()),
        (application(), format!("{ask} --tenant contoso.example")),
        (with_subscription, format!("{ask} --subscription \"{subscription}\"")),
    ] {
        let (answer, commands) = of_cli(settings, |_| Ok(GIVEN.to_owned())).await;
        assert_eq!((answer.unwrap().token.secret(), commands), ("access-hush", vec![asked]));
    }
}

#[tokio::test]
async fn a_managed_identity_in_the_cli_is_asked_without_a_tenant() {
    let (answer, asked) = of_cli(application(), |command| match command.contains("--tenant") {
        true => Err("ERROR: Tenant shouldn't be specified for managed identity account".to_owned()),
        false => Ok(GIVEN.to_owned()),
    })
    .await;
    assert_eq!((answer.unwrap().token.secret(), asked.len()), ("access-hush", 2));
}

#[tokio::test]
async fn what_the_cli_says_is_told_with_what_to_do() {
    let (answer, _) = of_cli(Settings::default(), |_| Err("ERROR: Please run 'az login' to setup account.\n".to_owned())).await;
    let told = answer.unwrap_err();
    assert_eq!(told.fault, "the Azure CLI is not signed in: Please run 'az login' to setup account");
    assert!(told.advice.starts_with("Run `az login`"), "{told:?}");
    let (answer, _) = of_cli(Settings::default(), |_| Err("ERROR: Subscription 'x' not found.".to_owned())).await;
    assert!(answer.unwrap_err().advice.contains("`az account list`"));
}
