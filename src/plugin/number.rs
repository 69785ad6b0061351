//! Numbers as Terraform means them: exact decimals of any size.
//!
//! Promises: two numbers are equal exactly if their decimal values are, however they were written (`1`, `1.0`, `10e-1`);
//! no whole number passes through a floating-point one. Does not know how numbers travel: see `msgpack` and `json`.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// More digits, or a larger power of ten, than this is refused: written out in full it would be a flood.
const LIMIT: usize = 4096;

/// An exact number.
///
/// ```
/// use terraform_provider_emc::plugin::Number;
/// let large: Number = "12345678901234567890".parse().unwrap();
/// assert_eq!(large.to_string(), "12345678901234567890");
/// assert_eq!("1.50".parse::<Number>().unwrap(), "15e-1".parse().unwrap());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Number(Repr);

// INVARIANT: one value has one representation, so that derived equality is numeric equality.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Repr {
    Int(i64),
    /// Whatever is no `i64`: `0.digits * 10^point`.
    Decimal(Decimal),
    Infinite {
        negative: bool,
    },
}

// INVARIANT: digits are ASCII, not empty, neither begin nor end with `0`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Decimal {
    negative: bool,
    digits: String,
    point: i32,
}

/// What was given is no number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Neither digits nor a sign, a point or an exponent in their places.
    #[error("not a decimal number")]
    NotDecimal,
    /// Beyond what this library writes out in full.
    #[error("a number with more than {LIMIT} digits")]
    TooLong,
    /// A floating-point "not a number".
    #[error("not a number (NaN)")]
    NotANumber,
}

impl Number {
    /// Returns the number if it is whole and fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Int(int) => Some(int),
            Repr::Decimal(_) | Repr::Infinite { .. } => None,
        }
    }

    /// Returns the floating-point number of exactly this value, if there is one.
    pub fn as_exact_f64(&self) -> Option<f64> {
        let float = match &self.0 {
            Repr::Infinite { negative: true } => return Some(f64::NEG_INFINITY),
            Repr::Infinite { negative: false } => return Some(f64::INFINITY),
            Repr::Int(_) | Repr::Decimal(_) => self.to_string().parse::<f64>().ok()?,
        };
        (float.is_finite() && Number::try_from(float).as_ref() == Ok(self)).then_some(float)
    }

    /// Says whether the number has no fractional part; an infinite one is not whole.
    pub fn is_whole(&self) -> bool {
        match &self.0 {
            Repr::Int(_) => true,
            Repr::Decimal(decimal) => usize::try_from(decimal.point).is_ok_and(|point| point >= decimal.digits.len()),
            Repr::Infinite { .. } => false,
        }
    }

    /// Says whether the number is negative or positive infinity.
    pub fn is_infinite(&self) -> bool {
        matches!(self.0, Repr::Infinite { .. })
    }

    fn from_parts(negative: bool, digits: &str, point: i64) -> Result<Number, NumberError> {
        let significant = digits.trim_start_matches('0');
        let point = point - i64::try_from(digits.len() - significant.len()).map_err(|_| NumberError::TooLong)?;
        let significant = significant.trim_end_matches('0');
        if significant.is_empty() {
            return Ok(Number(Repr::Int(0)));
        }
        if significant.len() > LIMIT || point.unsigned_abs() > LIMIT as u64 {
            return Err(NumberError::TooLong);
        }
        let point = i32::try_from(point).map_err(|_| NumberError::TooLong)?;
        let decimal = Decimal { negative, digits: significant.to_owned(), point };
        let whole = usize::try_from(point).is_ok_and(|point| point >= significant.len() && point <= 19);
        match whole.then(|| decimal.to_string().parse::<i64>()) {
            Some(Ok(int)) => Ok(Number(Repr::Int(int))),
            Some(Err(_)) | None => Ok(Number(Repr::Decimal(decimal))),
        }
    }

    /// Returns sign (-1, 0, 1), place of the decimal point and digits: together they order numbers.
    fn magnitude(&self) -> (i8, i32, String) {
        let sign = |negative| if negative { -1 } else { 1 };
        match &self.0 {
            Repr::Int(0) => (0, 0, String::new()),
            Repr::Int(int) => {
                let digits = int.unsigned_abs().to_string();
                let point = i32::try_from(digits.len()).unwrap_or(i32::MAX);
                (sign(*int < 0), point, digits.trim_end_matches('0').to_owned())
            }
            Repr::Decimal(decimal) => (sign(decimal.negative), decimal.point, decimal.digits.clone()),
            Repr::Infinite { negative } => (sign(*negative), i32::MAX, String::new()),
        }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        if let (Repr::Int(left), Repr::Int(right)) = (&self.0, &other.0) {
            return left.cmp(right);
        }
        let (sign, point, digits) = self.magnitude();
        let (other_sign, other_point, other_digits) = other.magnitude();
        let size = point.cmp(&other_point).then_with(|| digits.cmp(&other_digits));
        sign.cmp(&other_sign).then(if sign < 0 { size.reverse() } else { size })
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<i64> for Number {
    fn from(int: i64) -> Number {
        Number(Repr::Int(int))
    }
}

impl From<u64> for Number {
    fn from(int: u64) -> Number {
        match i64::try_from(int) {
            Ok(int) => Number(Repr::Int(int)),
            Err(_) => {
                let digits = int.to_string();
                let point = i32::try_from(digits.len()).unwrap_or(i32::MAX);
                Number(Repr::Decimal(Decimal { negative: false, digits: digits.trim_end_matches('0').to_owned(), point }))
            }
        }
    }
}

impl TryFrom<f64> for Number {
    type Error = NumberError;

    /// Returns the exact value of the floating-point number: `0.1` becomes the 55 digits that it stands for.
    fn try_from(float: f64) -> Result<Number, NumberError> {
        if float.is_nan() {
            Err(NumberError::NotANumber)
        } else if float.is_infinite() {
            Ok(Number(Repr::Infinite { negative: float < 0.0 }))
        } else if float.fract() == 0.0 {
            format!("{float:.0}").parse()
        } else {
            format!("{float:.1074}").parse() // no finite number has more decimals
        }
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Number, NumberError> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if unsigned == "Inf" {
            return Ok(Number(Repr::Infinite { negative }));
        }
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent_of(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits_only = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !digits_only(whole) || !digits_only(fraction) {
            return Err(NumberError::NotDecimal);
        }
        let point = i64::try_from(whole.len()).map_err(|_| NumberError::TooLong)?.saturating_add(exponent);
        Number::from_parts(negative, &format!("{whole}{fraction}"), point)
    }
}

fn exponent_of(text: &str) -> Result<i64, NumberError> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NumberError::NotDecimal);
    }
    text.parse::<i32>().map(i64::from).map_err(|_| NumberError::TooLong)
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        let digits = &self.digits;
        match usize::try_from(self.point) {
            Ok(point) if point >= digits.len() => write!(formatter, "{sign}{digits:0<point$}"),
            Ok(point) if point > 0 => {
                let (whole, fraction) = digits.split_at_checked(point).unwrap_or((digits, ""));
                write!(formatter, "{sign}{whole}.{fraction}")
            }
            Ok(_) | Err(_) => {
                let zeros = "0".repeat(usize::try_from(self.point.unsigned_abs()).unwrap_or(0));
                write!(formatter, "{sign}0.{zeros}{digits}")
            }
        }
    }
}

impl fmt::Display for Number {
    /// Writes the number in full, without an exponent.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Int(int) => int.fmt(formatter),
            Repr::Decimal(decimal) => decimal.fmt(formatter),
            Repr::Infinite { negative: true } => formatter.write_str("-Inf"),
            Repr::Infinite { negative: false } => formatter.write_str("Inf"),
        }
    }
}
