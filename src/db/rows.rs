//! Rows as types. What is there and cannot be read is a fault, and never taken for nothing.

/// Every one of `rows` by `read`.
///
/// # Errors
/// One of them cannot be read.
pub fn read_all<R, T>(rows: Vec<R>, read: impl Fn(R) -> Option<T>) -> Result<Vec<T>, sqlx::Error> {
    rows.into_iter().map(|row| read(row).ok_or_else(unreadable::<R>)).collect()
}

/// The same of one row, where there is one.
///
/// # Errors
/// It cannot be read.
pub fn read_one<R, T>(
    row: Option<R>,
    read: impl Fn(R) -> Option<T>,
) -> Result<Option<T>, sqlx::Error> {
    row.map(|row| read(row).ok_or_else(unreadable::<R>)).transpose()
}

/// Of what kind of row, and nothing of what is in it.
fn unreadable<R>() -> sqlx::Error {
    let kind = std::any::type_name::<R>();
    sqlx::Error::Decode(format!("a row cannot be read: {kind}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_cannot_be_read_is_no_absence() {
        let even = |number: i32| (number % 2 == 0).then_some(number);
        assert_eq!(read_all(vec![2, 4], even).unwrap(), [2, 4]);
        assert_eq!(read_one(None, even).unwrap(), None);
        let error = read_all(vec![2, 3], even).unwrap_err().to_string();
        assert!(error.contains("i32"), "{error}");
        assert!(read_one(Some(3), even).is_err());
    }
}
