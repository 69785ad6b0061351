//! A day of the Gregorian calendar, as practitioners write expiry dates. It knows no clock.

use std::fmt;
use std::str::FromStr;

/// A calendar day, `YYYY-MM-DD`.
///
/// ```
/// use terraform_provider_emc::topology::Date;
/// assert!("2028-02-29".parse::<Date>().is_ok());
/// assert!("2027-02-29".parse::<Date>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// Why a text is no day; the words follow the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// It is written in another form.
    #[error("is not a date in the form `YYYY-MM-DD`, such as `2027-12-31`")]
    Form,
    /// It is in the form of a date, and there is no such day.
    #[error("does not exist in the calendar")]
    NoSuchDay,
}

impl Date {
    /// Returns the number of days since 1970-01-01, negative before it.
    pub fn days_since_epoch(self) -> i64 {
        // Days in whole years and leap days, counted from March so that the leap day ends the year.
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let month = (i64::from(self.month) + 9) % 12;
        let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        year * 365 + leap_days + (month * 153 + 2) / 5 + i64::from(self.day) - 1 - 719_468
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Date, DateError> {
        let number = |part: Option<&str>, digits: usize| {
            part.filter(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|part| part.parse::<u16>().ok())
                .ok_or(DateError::Form)
        };
        let mut parts = text.split('-');
        let (year, month, day) = (number(parts.next(), 4)?, number(parts.next(), 2)?, number(parts.next(), 2)?);
        if parts.next().is_some() {
            return Err(DateError::Form);
        }
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let most = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if !(1..=12).contains(&month) || !(1..=most).contains(&day) {
            return Err(DateError::NoSuchDay);
        }
        let small = |number: u16| u8::try_from(number).map_err(|_| DateError::NoSuchDay);
        Ok(Date { year, month: small(month)?, day: small(day)? })
    }
}
