//! Numbers, texts and names, which follow an instruction in the pickle.

use super::machine::Machine;
use super::stop::Stop;
use super::value::PickleValue;

impl<'p> Machine<'p> {
    /// What an instruction stands for that pushes a number, a text or the like.
    pub(super) fn literal(&mut self, opcode: u8) -> Result<PickleValue<'p>, Stop> {
        Ok(match opcode {
            b'N' => PickleValue::None,
            // NEWTRUE, NEWFALSE
            0x88 => PickleValue::Bool(true),
            0x89 => PickleValue::Bool(false),
            // BININT, BININT1, BININT2, INT and LONG, LONG1, LONG4
            b'J' => PickleValue::Int(i32::from_le_bytes(self.take()?).into()),
            b'K' => PickleValue::Int(u8::from_le_bytes(self.take()?).into()),
            b'M' => PickleValue::Int(u16::from_le_bytes(self.take()?).into()),
            b'I' | b'L' => self.decimal()?,
            0x8a => {
                let length = self.length::<1>()?;
                self.long(length)?
            }
            0x8b => {
                let length = self.length::<4>()?;
                self.long(length)?
            }
            // FLOAT, BINFLOAT
            b'F' => {
                self.line()?;
                PickleValue::Float
            }
            b'G' => {
                self.take::<8>()?;
                PickleValue::Float
            }
            // STRING, UNICODE
            b'S' => self.quoted()?,
            b'V' => PickleValue::Text(self.line()?),
            // SHORT_BINSTRING, BINSTRING
            b'U' => {
                let length = self.length::<1>()?;
                self.text_or_bytes(length)?
            }
            b'T' => {
                let length = self.length::<4>()?;
                self.text_or_bytes(length)?
            }
            // SHORT_BINUNICODE, BINUNICODE, BINUNICODE8
            0x8c => {
                let length = self.length::<1>()?;
                self.text(length)?
            }
            b'X' => {
                let length = self.length::<4>()?;
                self.text(length)?
            }
            0x8d => {
                let length = self.length::<8>()?;
                self.text(length)?
            }
            // SHORT_BINBYTES, BINBYTES; BINBYTES8, BYTEARRAY8
            b'C' => {
                let length = self.length::<1>()?;
                PickleValue::Bytes(self.bytes(length)?)
            }
            b'B' => {
                let length = self.length::<4>()?;
                PickleValue::Bytes(self.bytes(length)?)
            }
            _ => {
                let length = self.length::<8>()?;
                PickleValue::Bytes(self.bytes(length)?)
            }
        })
    }

    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let taken = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk().copied());
        self.at += N;
        taken.ok_or_else(|| self.cut_off())
    }

    fn cut_off(&self) -> Stop {
        self.broken("it ends in the middle")
    }

    /// The length that an instruction begins with, of `N` bytes.
    fn length<const N: usize>(&mut self) -> Result<u64, Stop> {
        let mut length = [0; 8];
        length[..N].copy_from_slice(&self.take::<N>()?);
        Ok(u64::from_le_bytes(length))
    }

    fn bytes(&mut self, length: u64) -> Result<&'p [u8], Stop> {
        let end = usize::try_from(length).ok().and_then(|n| self.at.checked_add(n));
        let bytes = end.and_then(|end| self.bytes.get(self.at..end));
        let bytes = bytes.ok_or_else(|| self.cut_off())?;
        self.at += bytes.len();
        Ok(bytes)
    }

    /// Text of Python 3.
    fn text(&mut self, length: u64) -> Result<PickleValue<'p>, Stop> {
        let text = std::str::from_utf8(self.bytes(length)?);
        text.map(PickleValue::Text)
            .map_err(|_| self.broken("a text that is not UTF-8"))
    }

    /// Text of Python 2, or bytes: it has one type for both.
    fn text_or_bytes(&mut self, length: u64) -> Result<PickleValue<'p>, Stop> {
        let bytes = self.bytes(length)?;
        Ok(std::str::from_utf8(bytes).map_or(PickleValue::Bytes(bytes), PickleValue::Text))
    }

    /// Up to the end of the line, as GLOBAL writes its names.
    pub(super) fn line(&mut self) -> Result<&'p str, Stop> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let end = rest.iter().position(|&b| b == b'\n').ok_or_else(|| self.cut_off())?;
        self.at += end + 1;
        std::str::from_utf8(&rest[..end]).map_err(|_| self.broken("a name that is not UTF-8"))
    }

    /// Text in quotes, as protocol 0 writes it; with escapes in it, which no name of a tensor has, it is no text.
    fn quoted(&mut self) -> Result<PickleValue<'p>, Stop> {
        let line = self.line()?;
        let inner = ['\'', '"']
            .iter()
            .find_map(|&quote| line.strip_prefix(quote)?.strip_suffix(quote));
        match inner {
            Some(text) if !text.contains('\\') => Ok(PickleValue::Text(text)),
            Some(escaped) => Ok(PickleValue::Bytes(escaped.as_bytes())),
            None => Err(self.broken("a text without quotes")),
        }
    }

    /// A number in decimal, or one of the two truth values, as protocol 0 writes them.
    fn decimal(&mut self) -> Result<PickleValue<'p>, Stop> {
        let line = self.line()?;
        let digits = line.strip_suffix('L').unwrap_or(line);
        match (line, digits.parse()) {
            ("00", _) => Ok(PickleValue::Bool(false)),
            ("01", _) => Ok(PickleValue::Bool(true)),
            (_, Ok(number)) => Ok(PickleValue::Int(number)),
            _ if digits.bytes().all(|b| b.is_ascii_digit() || b == b'-') => Ok(PickleValue::Long),
            _ => Err(self.broken("a number that is none")),
        }
    }

    /// A slot of the memo in decimal.
    pub(super) fn slot(&mut self) -> Result<u32, Stop> {
        let line = self.line()?;
        line.parse()
            .map_err(|_| self.broken("a place in the memo that is none"))
    }

    /// A whole number in two's complement.
    fn long(&mut self, length: u64) -> Result<PickleValue<'p>, Stop> {
        let bytes = self.bytes(length)?;
        let sign = if bytes.last().is_some_and(|&top| top >= 0x80) {
            0xff
        } else {
            0
        };
        let mut number = [sign; 8];
        match number.get_mut(..bytes.len()) {
            Some(low) => {
                low.copy_from_slice(bytes);
                Ok(PickleValue::Int(i64::from_le_bytes(number)))
            }
            None => Ok(PickleValue::Long),
        }
    }
}
