//! Protocol buffers as bytes: fields, one after the other.

use crate::error::ConvertError;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field<'f> {
    /// A number.
    Varint(u64),
    /// Four bytes.
    Fixed32(u32),
    /// Eight bytes.
    Fixed64(u64),
    /// A text, a message, or packed numbers.
    Bytes(&'f [u8]),
}

/// The fields of a message, each with its number.
#[derive(Clone, Debug)]
pub(super) struct MessageFields<'f> {
    left: &'f [u8],
}

/// Bytes that are no fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken;

impl From<Broken> for ConvertError {
    fn from(_: Broken) -> Self {
        Self::Onnx("a field in it is cut off or of no known kind".to_owned())
    }
}

pub(super) fn fields(message: &[u8]) -> MessageFields<'_> {
    MessageFields { left: message }
}

impl<'f> Iterator for MessageFields<'f> {
    type Item = Result<(u64, Field<'f>), Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left.is_empty() {
            return None;
        }
        let field = field(&mut self.left);
        if field.is_none() {
            self.left = &[];
        }
        Some(field.ok_or(Broken))
    }
}

fn field<'f>(left: &mut &'f [u8]) -> Option<(u64, Field<'f>)> {
    let key = varint(left)?;
    let value = match key & 7 {
        0 => Field::Varint(varint(left)?),
        1 => Field::Fixed64(u64::from_le_bytes(*take(left, 8)?.first_chunk()?)),
        2 => {
            let length = usize::try_from(varint(left)?).ok()?;
            Field::Bytes(take(left, length)?)
        }
        5 => Field::Fixed32(u32::from_le_bytes(*take(left, 4)?.first_chunk()?)),
        _ => return None,
    };
    Some((key >> 3, value))
}

/// Seven bits to a byte, the lowest first; at most ten bytes.
pub(super) fn varint(left: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for (at, byte) in left.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7f).checked_shl(7 * u32::try_from(at).ok()?)?;
        if byte & 0x80 == 0 {
            *left = &left[at + 1..];
            return Some(number);
        }
    }
    None
}

fn take<'f>(left: &mut &'f [u8], length: usize) -> Option<&'f [u8]> {
    let (taken, rest) = left.split_at_checked(length)?;
    *left = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_every_kind_are_read() {
        let message = [
            0x08, 0x96, 0x01, 0x12, 2, b'h', b'i', 0x1d, 1, 0, 0, 0, 0x21, 2, 0, 0, 0, 0, 0, 0, 0,
        ];
        let read: Result<Vec<_>, _> = fields(&message).collect();
        assert_eq!(
            read,
            Ok(vec![
                (1, Field::Varint(150)),
                (2, Field::Bytes(b"hi")),
                (3, Field::Fixed32(1)),
                (4, Field::Fixed64(2)),
            ])
        );
    }

    #[test]
    fn what_is_cut_off_or_too_long_ends_there() {
        for broken in [
            &[0x08][..],
            &[0x12, 3, b'h'],
            &[0x0b],
            &[0x08, 0xff],
            &[0xff; 11],
            &[0x12, 0xff, 0xff, 0xff, 0xff, 0x7f],
        ] {
            let read: Vec<_> = fields(broken).collect();
            assert_eq!(read, [Err(Broken)]);
        }
    }
}
