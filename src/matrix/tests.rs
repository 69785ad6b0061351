//! The embedded table.
use super::Matrix;

#[test]
fn the_embedded_file_parses() {
    let matrix = Matrix::parse(Matrix::embedded_json()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(matrix.flows(), Matrix::embedded().flows());
}
