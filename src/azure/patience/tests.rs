//! What Azure says about waiting is heeded, in each way that it has of saying it.

use super::*;

#[test]
fn azure_says_how_long_to_wait_in_four_ways() {
    assert_eq!(told(&headers(&[])), None);
    assert_eq!(told(&headers(&[("retry-after", "17")])), Some(Duration::from_secs(17)));
    assert_eq!(told(&headers(&[("retry-after", "17"), ("x-ms-retry-after-ms", "250")])), Some(Duration::from_millis(250)));
    assert_eq!(told(&headers(&[("retry-after-ms", "40")])), Some(Duration::from_millis(40)));
    let far = told(&headers(&[("retry-after", "Fri, 01 Jan 2100 00:00:00 GMT")])).unwrap();
    assert!(far > Duration::from_secs(86_400));
    assert_eq!(told(&headers(&[("retry-after", "soon")])), None);
    assert_eq!(told(&headers(&[("retry-after", "-5")])), None);
}

#[test]
fn waits_are_as_told_and_a_little_more() {
    let mut patience = Patience::default();
    let throttled = answer(429, "TooManyRequests");
    for _ in 0..5 {
        let wait = patience.after_refusal(&throttled, &headers(&[("retry-after", "10")])).unwrap();
        assert!((10.0..=12.0).contains(&wait.as_secs_f64()), "{wait:?}");
    }
}

#[test]
fn azure_is_not_asked_without_a_pause_even_if_it_says_so() {
    for said in ["0", "Fri, 01 Jan 2021 00:00:00 GMT"] {
        assert_eq!(told(&headers(&[("retry-after", said)])), Some(SHORTEST_WAIT), "{said}");
    }
    let busy = answer(429, "RetryableError");
    let wait = Patience::default().after_refusal(&busy, &headers(&[("retry-after", "0")]));
    assert!(wait.is_some_and(|wait| wait >= SHORTEST_WAIT), "{wait:?}");
}

#[test]
fn waits_double_where_none_is_told() {
    let mut patience = Patience::default();
    let throttled = answer(429, "TooManyRequests");
    for step in 0..5 {
        let wait = patience.after_refusal(&throttled, &Headers::new()).unwrap();
        let least = FIRST_WAIT * (1 << step);
        assert!(wait >= least && wait <= least.mul_f64(1.2), "{step}: {wait:?}");
    }
}

#[test]
fn ten_minutes_are_the_most() {
    let mut patience = Patience::default();
    let busy = answer(409, "AnotherOperationInProgress");
    let waits = std::iter::from_fn(|| patience.after_refusal(&busy, &headers(&[("retry-after", "60")])));
    let total: Duration = waits.sum();
    assert!((480..=600).contains(&total.as_secs()), "{total:?}");
}

#[test]
fn what_is_final_is_final() {
    for (status, code) in [
        (400, "SecurityRuleConflict"),
        (403, "AuthorizationFailed"),
        (404, "ResourceNotFound"),
        (409, "ScopeLocked"),
        (412, "PreconditionFailed"),
    ] {
        assert_eq!(Patience::default().after_refusal(&answer(status, code), &headers(&[("retry-after", "1")])), None, "{code}");
    }
}

#[test]
fn chance_differs_and_stays_in_bounds() {
    let chances: Vec<f64> = (0..20).map(|_| chance()).collect();
    assert!(chances.iter().all(|chance| (0.0..=1.0).contains(chance)));
    assert!(chances.windows(2).any(|pair| pair[0] != pair[1]));
}

fn answer(status: u16, code: &str) -> Answer {
    Answer { status, code: Some(code.to_owned()), ..Answer::default() }
}

fn headers(named: &[(&'static str, &'static str)]) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in named {
        headers.insert(HeaderName::from_static(name), *value);
    }
    headers
}
