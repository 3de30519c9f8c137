//! Résumés, as far as the portal looks at them: it keeps them, and never opens them. Pure.

/// The most bytes of one. A form takes little more.
pub const LARGEST: usize = 1_900_000;
/// A PDF begins with it, after at most so many bytes of something else.
const MARK: &[u8] = b"%PDF-";
const MARK_WITHIN: usize = 1024;

/// A file that says of itself that it is a PDF, and is small enough.
#[derive(Clone, Debug)]
pub struct Resume(Vec<u8>);

impl Resume {
    /// # Errors
    /// It is too large, or no PDF; what to do instead.
    pub fn read(file: &[u8]) -> Result<Self, &'static str> {
        if file.len() > LARGEST {
            return Err("This is larger than 1.9 MB; save it smaller, without pictures");
        }
        let head = file.get(..MARK_WITHIN).unwrap_or(file);
        if !head.windows(MARK.len()).any(|window| window == MARK) {
            return Err("This is no PDF; print or export it as one");
        }
        Ok(Self(file.to_vec()))
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pdf_is_taken_and_nothing_else() {
        let read = |file: Vec<u8>| Resume::read(&file).map(|it| it.bytes().len());
        assert_eq!(read(b"%PDF-1.7\n...".to_vec()), Ok(12));
        assert_eq!(read([b"\r\n".as_slice(), b"%PDF-1.4"].concat()), Ok(10));
        assert!(read(b"PK\x03\x04".to_vec()).unwrap_err().contains("no PDF"));
        assert!(read(Vec::new()).unwrap_err().contains("no PDF"));
        let late = [vec![b' '; MARK_WITHIN], MARK.to_vec()].concat();
        assert!(read(late).unwrap_err().contains("no PDF"));
        let large = [MARK.to_vec(), vec![0; LARGEST]].concat();
        assert!(read(large).unwrap_err().contains("larger than"));
    }
}
