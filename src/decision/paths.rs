//! The addresses of this room's pages that no earlier room leads to.

use crate::ids::OfferId;

/// An offer, for whoever of HR it is handed over to.
pub const OFFER: &str = "/offers/{id}";

pub fn offer(id: OfferId) -> String {
    OFFER.replace("{id}", &id.to_string())
}
