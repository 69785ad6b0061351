//! Which proxy serves which scheme.

use super::*;

fn proxies(settings: &Settings, environment: &[(&str, &str)]) -> Option<(Option<String>, Option<String>, Option<String>)> {
    let variable = |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    Proxies::of(settings, variable).map(|Proxies { http, https, except }| (http, https, except))
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn without_settings_the_environment_decides() {
    assert_eq!(proxies(&Settings::default(), &[("HTTPS_PROXY", "http://p")]), None);
}

#[test]
fn an_http_proxy_alone_serves_https_too_unless_that_is_empty() {
    let alone = Settings { http_proxy: text("http://p"), ..Settings::default() };
    assert_eq!(proxies(&alone, &[]), Some((text("http://p"), text("http://p"), None)));
    assert_eq!(proxies(&alone, &[("HTTPS_PROXY", "http://q")]), Some((text("http://p"), text("http://q"), None)));
    let only = Settings { https_proxy: text(""), ..alone };
    assert_eq!(proxies(&only, &[]), Some((text("http://p"), None, None)));
}

#[test]
fn exceptions_hold_for_proxies_of_either_origin() {
    let settings = Settings { no_proxy: text("internal"), ..Settings::default() };
    let environment = [("https_proxy", "http://p"), ("NO_PROXY", "other")];
    assert_eq!(proxies(&settings, &environment), Some((None, text("http://p"), text("internal"))));
    let settings = Settings { https_proxy: text("http://q"), ..Settings::default() };
    assert_eq!(proxies(&settings, &environment), Some((None, text("http://q"), text("other"))));
}

#[test]
fn a_proxy_that_is_no_url_is_refused_without_showing_it() {
    let settings = Settings { https_proxy: text("http://me:hush@[broken"), ..Settings::default() };
    let error = clients(&settings, None, |_| None).unwrap_err().to_string();
    assert!(error.contains("is not a URL such as") && !error.contains("hush"), "{error}");
}

#[test]
fn a_bundle_must_hold_certificates() {
    let error = |path: &str| clients(&Settings::default(), Some(path), |_| None).unwrap_err().to_string();
    assert!(error("/no/such/file.pem").contains("the certificate authorities in `/no/such/file.pem` cannot be read"));
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    assert!(error(source).contains("has no certificate in PEM form"));
}
