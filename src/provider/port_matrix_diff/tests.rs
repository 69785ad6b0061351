//! The schema.

use super::schema;

#[test]
fn the_schema_is_sound() {
    assert!(schema().lint().is_empty(), "{:?}", schema().lint());
}
