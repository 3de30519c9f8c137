//! The web kit: routes, capabilities, layout, finished bytes, errors, serving. It knows no room.

pub mod address;
pub mod allowed;
pub mod assets;
pub mod error;
pub mod finished;
pub mod front;
pub mod headers;
pub mod html;
pub mod layout;
pub mod observe;
pub mod routes;
pub mod serve;
pub mod shelf;
