//! The words by which the matrix file, configurations and messages name the kinds of things in a matrix.
//!
//! Promises that each kind has one word and that `from_name` takes exactly what `as_str` gives.

use std::fmt;

use super::{ComponentKind, DefaultState, MailService, Origin, Settlement, Transport, Weight};

macro_rules! words {
    ($type:ident: $($variant:ident $word:literal),+) => {
        impl $type {
            /// Every value, for messages that list the choices.
            pub const ALL: &'static [$type] = &[$($type::$variant),+];

            /// Returns the word for this value.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($type::$variant => $word),+
                }
            }

            /// Returns the value with exactly this word.
            pub fn from_name(name: &str) -> Option<$type> {
                $type::ALL.iter().copied().find(|value| value.as_str() == name)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    };
}

words!(ComponentKind: Emc "emc", Inside "inside", Database "database", External "external");
words!(Transport: Plain "plain", Secure "secure", Either "either");
words!(DefaultState: Open "open", Closed "closed");
words!(Origin: Printed "printed", Implied "implied");
words!(MailService: Pop3 "pop3", Pop3s "pop3s", Imap "imap", Imaps "imaps", Smtp "smtp", Smtps "smtps");
words!(Settlement: Initiators "initiators", ManagementFrom "management_from", Ports "ports", Mail "mail", Roles "roles", Transport "transport");
words!(Weight: Decide "decide", Check "check", Know "know");
