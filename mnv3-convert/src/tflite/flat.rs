//! FlatBuffers as bytes: tables whose fields may be left out, vectors and texts, each found by an offset.

/// A table of a buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct FlatTable<'f> {
    buffer: &'f [u8],
    at: usize,
    fields: usize,
}

/// A vector of a buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct FlatVector<'f> {
    buffer: &'f [u8],
    at: usize,
    pub(super) len: usize,
}

/// The table that a buffer begins with.
pub(super) fn root(buffer: &[u8]) -> Option<FlatTable<'_>> {
    FlatTable::at(buffer, offset(buffer, 0)?)
}

fn bytes<const N: usize>(buffer: &[u8], at: usize) -> Option<[u8; N]> {
    buffer.get(at..at.checked_add(N)?)?.first_chunk().copied()
}

/// Where an offset leads that lies at a place.
fn offset(buffer: &[u8], at: usize) -> Option<usize> {
    let distance = u32::from_le_bytes(bytes(buffer, at)?);
    at.checked_add(usize::try_from(distance).ok()?)
}

impl<'f> FlatTable<'f> {
    fn at(buffer: &'f [u8], at: usize) -> Option<Self> {
        let back = i32::from_le_bytes(bytes(buffer, at)?);
        let fields = i64::try_from(at).ok()?.checked_sub(i64::from(back))?;
        let fields = usize::try_from(fields).ok()?;
        bytes::<4>(buffer, fields)?;
        Some(Self { buffer, at, fields })
    }

    /// Where a field lies, if it is there.
    fn field(&self, number: usize) -> Option<usize> {
        let size = usize::from(u16::from_le_bytes(bytes(self.buffer, self.fields)?));
        let entry = 4 + 2 * number;
        if entry + 2 > size {
            return None;
        }
        let distance = u16::from_le_bytes(bytes(self.buffer, self.fields.checked_add(entry)?)?);
        (distance != 0).then(|| self.at.checked_add(usize::from(distance)))?
    }

    pub(super) fn i8(&self, number: usize) -> Option<i8> {
        Some(i8::from_le_bytes(bytes(self.buffer, self.field(number)?)?))
    }

    pub(super) fn i32(&self, number: usize) -> Option<i32> {
        Some(i32::from_le_bytes(bytes(self.buffer, self.field(number)?)?))
    }

    pub(super) fn u64(&self, number: usize) -> Option<u64> {
        Some(u64::from_le_bytes(bytes(self.buffer, self.field(number)?)?))
    }

    pub(super) fn table(&self, number: usize) -> Option<Self> {
        Self::at(self.buffer, offset(self.buffer, self.field(number)?)?)
    }

    /// A vector, or an empty one where there is none.
    pub(super) fn vector(&self, number: usize) -> FlatVector<'f> {
        let vector = || {
            let at = offset(self.buffer, self.field(number)?)?;
            let len = usize::try_from(u32::from_le_bytes(bytes(self.buffer, at)?)).ok()?;
            Some((at.checked_add(4)?, len))
        };
        let (at, len) = vector().unwrap_or((0, 0));
        // Every element has a byte at least.
        let len = len.min(self.buffer.len());
        FlatVector {
            buffer: self.buffer,
            at,
            len,
        }
    }

    /// A text, of which nobody reads more than its start.
    pub(super) fn text(&self, number: usize) -> Option<&'f str> {
        const MOST: usize = 1000;
        std::str::from_utf8(self.vector(number).first(MOST).bytes(1)?).ok()
    }
}

impl<'f> FlatVector<'f> {
    /// All of it, in elements of so many bytes.
    pub(super) fn bytes(&self, width: usize) -> Option<&'f [u8]> {
        let length = self.len.checked_mul(width)?;
        self.buffer.get(self.at..self.at.checked_add(length)?)
    }

    /// Its first elements, at most so many: a small file may have many tables that share one long vector.
    pub(super) fn first(self, most: usize) -> Self {
        Self {
            len: self.len.min(most),
            ..self
        }
    }

    pub(super) fn i32s(&self) -> Option<Vec<i32>> {
        let numbers = self.bytes(4)?.as_chunks().0.iter();
        Some(numbers.map(|b| i32::from_le_bytes(*b)).collect())
    }

    pub(super) fn f32s(&self) -> Option<Vec<f32>> {
        let numbers = self.bytes(4)?.as_chunks().0.iter();
        Some(numbers.map(|b| f32::from_le_bytes(*b)).collect())
    }

    pub(super) fn i64s(&self) -> Option<Vec<i64>> {
        let numbers = self.bytes(8)?.as_chunks().0.iter();
        Some(numbers.map(|b| i64::from_le_bytes(*b)).collect())
    }

    pub(super) fn table(&self, index: usize) -> Option<FlatTable<'f>> {
        if index >= self.len {
            return None;
        }
        let at = self.at.checked_add(index.checked_mul(4)?)?;
        FlatTable::at(self.buffer, offset(self.buffer, at)?)
    }
}
