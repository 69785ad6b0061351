//! Durations as practitioners write them in arguments, which is how Go does: `30s`, `10m`, `1h30m`.

use std::time::Duration;

/// Parses `30s`, `10m`, `1h30m`.
///
/// # Errors
/// When the text is no such duration, or zero.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a duration; write `30s`, `10m` or `1h30m`");
    let (mut total, mut number) = (0_u64, String::new());
    for character in text.chars() {
        let factor = match character {
            '0'..='9' => {
                number.push(character);
                continue;
            }
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return Err(wrong()),
        };
        let part = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(wrong)?;
        total = total.checked_add(part).ok_or_else(wrong)?;
        number.clear();
    }
    match total {
        _ if text.is_empty() || !number.is_empty() => Err(wrong()),
        0 => Err(format!("`{text}` is too short; write a duration such as `30s`, `10m` or `1h30m`")),
        total => Ok(Duration::from_secs(total)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_go_writes_them() {
        assert_eq!(parse("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(parse("1h30m"), Ok(Duration::from_secs(5400)));
        for wrong in ["", "10", "m", "-5m", "5 m", "99999999999999999999s", "1d"] {
            assert_eq!(parse(wrong).unwrap_err(), format!("`{wrong}` is not a duration; write `30s`, `10m` or `1h30m`"));
        }
        for short in ["0s", "0h0m"] {
            assert_eq!(parse(short).unwrap_err(), format!("`{short}` is too short; write a duration such as `30s`, `10m` or `1h30m`"));
        }
    }
}
