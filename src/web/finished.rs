//! Responses as finished bytes: made once, kept plain, gzipped and brotlied, answered with an ETag.

use std::io::Write;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use sha2::{Digest, Sha256};

use super::address::decode;
use super::headers;

/// One public resource, ready to be sent.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The decoded path, with `?level=n` where that makes another page.
    pub address: String,
    pub media_type: String,
    pub policy: Policy,
    pub identity: Bytes,
    pub gzip: Option<Bytes>,
    pub brotli: Option<Bytes>,
    /// The headers of each form, in the order identity, gzip, brotli.
    headers: [HeaderMap; 3],
    /// The entity tag without quotes and without the form's suffix.
    tag: String,
}

/// How a resource may be kept and embedded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Kept, but asked after each time.
    Page,
    /// A page that embeds a PDF of this site.
    PdfViewer,
    /// The bytes at this address never change.
    Immutable,
    /// A PDF of the content tree: unchanging, and embeddable by its viewer page.
    Pdf,
}

impl Policy {
    pub const ALL: [Policy; 4] = [Policy::Page, Policy::PdfViewer, Policy::Immutable, Policy::Pdf];

    /// Its name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::PdfViewer => "pdf_viewer",
            Self::Immutable => "immutable",
            Self::Pdf => "pdf",
        }
    }

    fn cache_control(self) -> &'static str {
        match self {
            Self::Page | Self::PdfViewer => "no-cache",
            Self::Immutable | Self::Pdf => "public, max-age=31536000, immutable",
        }
    }

    /// The content security policy, where it is not the usual one.
    fn security(self) -> Option<&'static str> {
        match self {
            Self::Page | Self::Immutable => None,
            Self::PdfViewer => Some(headers::PDF_VIEWER_SECURITY),
            Self::Pdf => Some(headers::PDF_SECURITY),
        }
    }
}

impl Finished {
    /// A page of HTML or another text at `href`, compressed here.
    pub fn text(href: &str, media_type: &str, policy: Policy, text: String) -> Self {
        let (gzip, brotli) = (gzip(text.as_bytes()), brotli(text.as_bytes()));
        let small = |packed: Vec<u8>| (packed.len() < text.len()).then(|| Bytes::from(packed));
        let (gzip, brotli) = (small(gzip), small(brotli));
        Self::packed(decode(href), media_type, policy, Bytes::from(text), gzip, brotli)
    }

    /// Bytes at `href` that are not worth compressing again.
    pub fn binary(href: &str, media_type: &str, policy: Policy, bytes: Bytes) -> Self {
        Self::packed(decode(href), media_type, policy, bytes, None, None)
    }

    /// Bytes at a decoded address, with the compressed forms that were made of them before.
    pub fn packed(
        address: impl Into<String>,
        media_type: &str,
        policy: Policy,
        identity: Bytes,
        gzip: Option<Bytes>,
        brotli: Option<Bytes>,
    ) -> Self {
        let digest = Sha256::digest(&identity);
        let tag: String = digest[..12].iter().map(|byte| format!("{byte:02x}")).collect();
        let headers = FORMS.map(|form| form_headers(form, &tag, media_type, policy));
        let (address, media_type) = (address.into(), media_type.to_owned());
        Self { address, media_type, policy, identity, gzip, brotli, headers, tag }
    }

    /// Adds the security headers, once and for every response.
    pub fn secure(&mut self, https: bool) {
        self.headers.iter_mut().for_each(|headers| headers::secure(headers, https));
    }

    /// The response to a request with these headers: 304 where the client has the bytes already,
    /// else the smallest form it takes.
    pub fn answer(&self, method: &Method, request: &HeaderMap) -> Response {
        let form = self.choose(request);
        let headers = self.headers[form as usize].clone();
        let known = request.get(header::IF_NONE_MATCH).is_some_and(|seen| self.is_known(seen));
        let mut response = Response::new(Body::empty());
        *response.headers_mut() = headers;
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.headers_mut().remove(header::CONTENT_TYPE);
            return response;
        }
        let body = match form {
            Form::Identity => &self.identity,
            Form::Gzip => self.gzip.as_ref().unwrap_or(&self.identity),
            Form::Brotli => self.brotli.as_ref().unwrap_or(&self.identity),
        };
        if method == Method::HEAD {
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        } else {
            *response.body_mut() = Body::from(body.clone());
        }
        response
    }

    fn choose(&self, request: &HeaderMap) -> Form {
        let Some(accepted) = request.get(header::ACCEPT_ENCODING) else { return Form::Identity };
        let accepted = accepted.as_bytes();
        if self.brotli.is_some() && accepts(accepted, b"br") {
            Form::Brotli
        } else if self.gzip.is_some() && accepts(accepted, b"gzip") {
            Form::Gzip
        } else {
            Form::Identity
        }
    }

    /// Whether an `If-None-Match` header names these bytes in any of their forms.
    fn is_known(&self, seen: &HeaderValue) -> bool {
        let Ok(seen) = seen.to_str() else { return false };
        seen.split(',').map(str::trim).any(|tag| {
            let tag = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
            tag == "*" || tag.split('-').next() == Some(&self.tag)
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Identity,
    Gzip,
    Brotli,
}

const FORMS: [Form; 3] = [Form::Identity, Form::Gzip, Form::Brotli];

fn form_headers(form: Form, tag: &str, media_type: &str, policy: Policy) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(24);
    let mut set = |name: HeaderName, value: &str| {
        let value =
            HeaderValue::from_str(value).expect("the portal's own values are visible ASCII");
        headers.insert(name, value);
    };
    let (suffix, encoding) = match form {
        Form::Identity => ("", None),
        Form::Gzip => ("-gz", Some("gzip")),
        Form::Brotli => ("-br", Some("br")),
    };
    set(header::CONTENT_TYPE, media_type);
    set(header::ETAG, &format!("\"{tag}{suffix}\""));
    set(header::CACHE_CONTROL, policy.cache_control());
    set(header::VARY, "accept-encoding");
    if let Some(encoding) = encoding {
        set(header::CONTENT_ENCODING, encoding);
    }
    if let Some(security) = policy.security() {
        set(header::CONTENT_SECURITY_POLICY, security);
    }
    if policy == Policy::Pdf {
        set(header::X_FRAME_OPTIONS, "SAMEORIGIN");
    }
    headers
}

/// Whether an `Accept-Encoding` header takes `coding`; `q=0` refuses it.
fn accepts(header: &[u8], coding: &[u8]) -> bool {
    header.split(|byte| *byte == b',').any(|part| {
        let mut pieces = part.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        let named = pieces.next().is_some_and(|name| name.eq_ignore_ascii_case(coding));
        let refused = pieces.any(|q| {
            q.strip_prefix(b"q=").is_some_and(|q| q.iter().all(|b| matches!(b, b'0' | b'.')))
        });
        named && !refused
    })
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut encoder = brotli::CompressorWriter::new(&mut packed, 4096, 5, 20);
    encoder.write_all(bytes).expect("writing to memory");
    drop(encoder);
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    fn page() -> Finished {
        Finished::text("/", "text/html; charset=utf-8", Policy::Page, "abc ".repeat(500))
    }

    #[test]
    fn the_smallest_form_a_client_takes_is_sent() {
        let encoding = |accepted: &str| {
            let response = page().answer(&Method::GET, &request(header::ACCEPT_ENCODING, accepted));
            response.headers().get(header::CONTENT_ENCODING).map(|v| v.to_str().unwrap().to_owned())
        };
        assert_eq!(encoding("gzip, deflate, br").as_deref(), Some("br"));
        assert_eq!(encoding("gzip, br;q=0").as_deref(), Some("gzip"));
        assert_eq!(encoding("GZIP").as_deref(), Some("gzip"));
        assert_eq!(encoding("deflate"), None);
    }

    #[test]
    fn a_client_that_has_the_bytes_gets_304_whatever_form_it_has() {
        let first = page().answer(&Method::GET, &request(header::ACCEPT_ENCODING, "br"));
        let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        for seen in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
            let again = page().answer(&Method::GET, &request(header::IF_NONE_MATCH, &seen));
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{seen}");
        }
        let other = page().answer(&Method::GET, &request(header::IF_NONE_MATCH, "\"other\""));
        assert_eq!(other.status(), StatusCode::OK);
    }
}
