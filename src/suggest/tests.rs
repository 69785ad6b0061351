//! What is suggested, and what is not.

use super::nearest;

const NAMES: [&str; 6] = ["media_director", "media_proxy", "license_director", "ids_view", "aes", "voice_store"];

#[test]
fn a_misspelt_name_is_recognized() {
    for (word, meant) in [
        ("media_directer", "media_director"),
        ("meida_proxy", "media_proxy"),
        ("Media-Director", "media_director"),
        ("IDS View", "ids_view"),
        ("ase", "aes"),
        ("voicestore", "voice_store"),
    ] {
        assert_eq!(nearest(word, NAMES), Some(meant), "{word}");
    }
}

#[test]
fn the_beginning_of_one_name_stands_for_it() {
    assert_eq!(nearest("license", NAMES), Some("license_director"));
    assert_eq!(nearest("media", NAMES), None, "two names begin with it");
}

#[test]
fn what_is_far_off_is_not_guessed() {
    for word in ["firewall", "", "x", "xyz", "directory_service"] {
        assert_eq!(nearest(word, NAMES), None, "{word}");
    }
}

#[test]
fn a_number_is_no_way_to_write_another() {
    let doubts = ["A1", "A17", "A3", "A33", "A36"];
    for (word, meant) in [("A77", None), ("99", None), ("A333", None), ("36", Some("A36")), ("a17", Some("A17")), ("B3", Some("A3"))] {
        assert_eq!(nearest(word, doubts), meant, "{word}");
    }
    assert_eq!(nearest("aes.45", ["aes.450"]), Some("aes.450"), "in a longer name a digit may be missing");
}

#[test]
fn of_equally_close_names_the_first_is_taken() {
    assert_eq!(nearest("imap", ["imaps", "imapx"]), Some("imaps"));
}
