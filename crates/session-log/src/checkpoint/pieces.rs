//! A settled state on its way: packed, and in pieces.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use session_wire::SettledState as Piece;

use super::{SettledState, StateError};
use crate::limits::{STATE_PACKED_BYTES_MAX, STATE_PIECE_BYTES, STATE_TEXT_BYTES_MAX};
use crate::parcel::{compressed, decompressed};

/// What there is of a state that comes in pieces (`SETTLED_STATE`), in whatever order.
#[derive(Clone, Debug)]
pub struct StatePieces {
    id: String,
    /// How long the whole is.
    bytes: usize,
    /// What is there from the beginning on.
    packed: Vec<u8>,
    /// Pieces that came before what precedes them, by where they begin.
    later: BTreeMap<usize, Vec<u8>>,
}

impl StatePieces {
    /// Nothing of the state that a piece is of.
    ///
    /// # Errors
    /// [`StateError::TooLarge`] where the whole would be.
    pub fn begin(piece: &Piece) -> Result<Self, StateError> {
        let bytes = usize::try_from(piece.bytes).unwrap_or(usize::MAX);
        if bytes > STATE_PACKED_BYTES_MAX {
            return Err(StateError::TooLarge { bytes, max: STATE_PACKED_BYTES_MAX });
        }
        Ok(Self { id: piece.state.clone(), bytes, packed: Vec::new(), later: BTreeMap::new() })
    }

    /// Whether a piece is one of these.
    pub fn fits(&self, piece: &Piece) -> bool {
        piece.state == self.id && piece.bytes == self.bytes as u64
    }

    /// Takes a piece in. One that reaches beyond the whole is dropped, so that no more is held than that.
    ///
    /// # Errors
    /// [`StateError::Malformed`] where it is no Base64.
    pub fn add(&mut self, piece: &Piece) -> Result<(), StateError> {
        let bytes = STANDARD.decode(&piece.piece).map_err(|_| StateError::Malformed("piece"))?;
        let offset = usize::try_from(piece.offset).unwrap_or(usize::MAX);
        if offset.checked_add(bytes.len()).is_some_and(|end| end <= self.bytes) {
            self.later.insert(offset, bytes);
        }
        while let Some((&offset, _)) = self.later.first_key_value() {
            if offset > self.packed.len() {
                break;
            }
            let Some(piece) = self.later.remove(&offset) else { break };
            let known = self.packed.len() - offset;
            self.packed.extend(piece.into_iter().skip(known));
        }
        Ok(())
    }

    /// The id of the state.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The bytes that are there from the beginning on.
    pub fn packed(&self) -> &[u8] {
        &self.packed
    }

    /// Whether all is there.
    pub fn is_whole(&self) -> bool {
        self.packed.len() == self.bytes
    }

    /// The state, once all is there.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn state(&self) -> Result<SettledState, StateError> {
        SettledState::read(&self.id, &self.text()?)
    }

    /// Its text, once all is there.
    ///
    /// # Errors
    /// [`StateError::Packed`] and [`StateError::TooLarge`].
    pub fn text(&self) -> Result<String, StateError> {
        unpacked(&self.packed)
    }

    /// A state as packed bytes, whole.
    ///
    /// # Errors
    /// [`StateError::TooLarge`].
    pub fn pack(text: &str) -> Result<Vec<u8>, StateError> {
        let packed = compressed(text);
        match packed.len() {
            bytes if bytes > STATE_PACKED_BYTES_MAX => {
                Err(StateError::TooLarge { bytes, max: STATE_PACKED_BYTES_MAX })
            }
            _ => Ok(packed),
        }
    }

    /// The pieces of a packed state that are not all in its first `from` bytes.
    pub fn split<'a>(id: &'a str, packed: &'a [u8], from: usize) -> impl Iterator<Item = Piece> + 'a {
        let pieces = packed.chunks(STATE_PIECE_BYTES).enumerate();
        let pieces = pieces.map(|(number, piece)| (number * STATE_PIECE_BYTES, piece));
        let lacking = pieces.filter(move |(offset, piece)| offset + piece.len() > from);
        lacking.map(move |(offset, piece)| {
            Piece::new(id, packed.len() as u64, offset as u64, STANDARD.encode(piece))
        })
    }

    /// A packed state as one piece, for a store.
    pub fn whole(id: &str, packed: &[u8]) -> Piece {
        Piece::new(id, packed.len() as u64, 0, STANDARD.encode(packed))
    }
}

/// Unpacks a text, no more of it than a state may have.
fn unpacked(packed: &[u8]) -> Result<String, StateError> {
    let max = STATE_TEXT_BYTES_MAX;
    let text = decompressed(packed, max).map_err(|error| StateError::Packed(error.to_string()))?;
    text.ok_or(StateError::TooLarge { bytes: max + 1, max })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(whole: &[u8], from: usize, to: usize) -> Piece {
        Piece::new("x", whole.len() as u64, from as u64, STANDARD.encode(&whole[from..to]))
    }

    #[test]
    fn pieces_make_the_whole_in_whatever_order_and_however_often_they_come() {
        let whole: Vec<u8> = (0..=255).collect();
        let mut pieces = StatePieces::begin(&piece(&whole, 0, 1)).unwrap();
        for (from, to) in [(100, 200), (0, 64), (250, 256), (0, 64), (40, 120), (190, 256)] {
            assert!(!pieces.is_whole());
            pieces.add(&piece(&whole, from, to)).unwrap();
        }
        assert!(pieces.is_whole());
        assert_eq!(pieces.packed(), whole);
    }

    #[test]
    fn a_state_is_split_into_pieces_that_make_it_again_from_wherever_it_was_cut_off() {
        let whole: Vec<u8> =
            (0..STATE_PIECE_BYTES * 3 + 7).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let from = STATE_PIECE_BYTES + 1;
        assert_eq!(StatePieces::split("x", &whole, 0).count(), 4);
        assert_eq!(StatePieces::split("x", &whole, from).count(), 3);
        let mut pieces = StatePieces::begin(&StatePieces::whole("x", &whole)).unwrap();
        for piece in StatePieces::split("x", &whole, 0) {
            pieces.add(&piece).unwrap();
        }
        assert_eq!(pieces.packed(), whole);
    }

    #[test]
    fn a_piece_beyond_the_whole_is_not_held_and_one_of_too_large_a_state_is_refused() {
        let mut pieces = StatePieces::begin(&Piece::new("x", 10, 0, "")).unwrap();
        for offset in [8, u64::MAX] {
            pieces.add(&Piece::new("x", 10, offset, STANDARD.encode([0; 4]))).unwrap();
        }
        assert!(pieces.later.is_empty() && pieces.packed.is_empty());
        assert!(pieces.add(&Piece::new("x", 10, 0, "no Base64")).is_err());
        let too_large = StatePieces::begin(&Piece::new("x", u64::MAX, 0, ""));
        assert!(matches!(too_large, Err(StateError::TooLarge { .. })));
    }

    #[test]
    fn what_is_packed_is_unpacked_and_what_is_not_is_told() {
        let text = "a review of many clips ".repeat(10_000);
        let packed = StatePieces::pack(&text).unwrap();
        assert!(packed.len() < text.len() / 50);
        assert_eq!(unpacked(&packed).as_deref(), Ok(text.as_str()));
        assert!(unpacked(&packed[..20]).is_err());
        assert!(unpacked(b"nothing").is_err());
    }
}
