//! The web kit: routes, capabilities, layout, finished bytes, errors, serving. It knows no room.

pub mod address;
pub mod allowed;
pub mod assets;
pub mod client;
pub mod cookie;
mod crowd;
pub mod csv;
pub mod error;
pub mod finished;
pub mod form;
pub mod frame;
pub mod front;
pub mod headers;
pub mod html;
pub mod layout;
pub mod moment;
pub mod now;
pub mod observe;
pub mod page;
pub mod proof;
pub mod redirect;
pub mod routes;
pub mod serve;
pub mod shelf;
pub mod table;
pub mod viewer;
pub mod weight;
