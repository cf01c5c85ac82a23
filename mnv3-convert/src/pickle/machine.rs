//! The stack machine: one arm per instruction.

use super::Stop;
use super::value::{Global, Heap, Value};
use std::collections::HashMap;

/// Bytes of a pickle. The names and forms of a thousand tensors take 200 kB.
const MAX_BYTES: usize = 16 << 20;
/// Instructions of a pickle, each of which costs a bounded number of bytes. A training checkpoint of the largest
/// MobileNetV3, with its optimizer, has forty thousand.
const MAX_STEPS: usize = 1 << 20;
/// Tuples and lists begun and not ended. A checkpoint needs about six.
const MAX_MARKS: usize = 1000;
/// Characters of a hostile file's names that messages repeat.
const SHOWN: usize = 100;

/// Runs a pickle and returns what it built, its root last.
pub(crate) fn read(bytes: &[u8]) -> Result<(Heap<'_>, Value<'_>), Stop> {
    let mut machine = Machine {
        bytes,
        at: 0,
        began: 0,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        heap: Heap::default(),
    };
    if bytes.len() > MAX_BYTES {
        return Err(machine.broken(format!("it has {} bytes, more than any state dict needs", bytes.len())));
    }
    for _ in 0..MAX_STEPS {
        machine.began = machine.at;
        let [opcode] = machine.take()?;
        if let Some(root) = machine.step(opcode)? {
            return Ok((machine.heap, root));
        }
    }
    Err(machine.broken(format!("it has more than {MAX_STEPS} instructions")))
}

pub(super) struct Machine<'p> {
    bytes: &'p [u8],
    at: usize,
    /// Where the instruction began, for messages.
    began: usize,
    stack: Vec<Value<'p>>,
    /// Heights of the stack at which tuples and lists begin.
    marks: Vec<usize>,
    memo: HashMap<u32, Value<'p>>,
    pub(super) heap: Heap<'p>,
}

impl<'p> Machine<'p> {
    pub(super) fn broken(&self, what: impl Into<String>) -> Stop {
        Stop::Broken {
            at: self.began,
            what: what.into(),
        }
    }

    /// Carries out one instruction; the value that a STOP ends with is the pickle's.
    fn step(&mut self, opcode: u8) -> Result<Option<Value<'p>>, Stop> {
        match opcode {
            // PROTO
            0x80 => {
                let [version] = self.take()?;
                if !(2..=5).contains(&version) {
                    return Err(self.broken(format!("protocol {version}; torch.save writes 2 to 5")));
                }
            }
            // FRAME: its length is advice to readers of streams.
            0x95 => _ = self.take::<8>()?,
            // STOP
            b'.' => return self.pop().map(Some),
            b'(' => {
                if self.marks.len() == MAX_MARKS {
                    return Err(self.broken(format!("it is nested deeper than {MAX_MARKS} levels")));
                }
                self.marks.push(self.stack.len());
            }
            // NONE, NEWTRUE, NEWFALSE
            b'N' => self.stack.push(Value::None),
            0x88 => self.stack.push(Value::Bool(true)),
            0x89 => self.stack.push(Value::Bool(false)),
            // BININT, BININT1, BININT2, LONG1, BINFLOAT
            b'J' => self
                .take()
                .map(|b| self.stack.push(Value::Int(i32::from_le_bytes(b).into())))?,
            b'K' => self.take().map(|[b]| self.stack.push(Value::Int(b.into())))?,
            b'M' => self
                .take()
                .map(|b| self.stack.push(Value::Int(u16::from_le_bytes(b).into())))?,
            0x8a => self.long1()?,
            b'G' => {
                self.take::<8>()?;
                self.stack.push(Value::Float);
            }
            // SHORT_BINUNICODE, BINUNICODE, BINUNICODE8
            0x8c => {
                let [length] = self.take()?;
                self.text(length.into())?;
            }
            b'X' => {
                let length = u32::from_le_bytes(self.take()?);
                self.text(length.into())?;
            }
            0x8d => {
                let length = u64::from_le_bytes(self.take()?);
                self.text(length)?;
            }
            // EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3, TUPLE
            b')' => self.tuple(0)?,
            0x85..=0x87 => self.tuple(usize::from(opcode - 0x84))?,
            b't' => {
                let items = self.marked()?;
                let id = self.heap.list(items);
                self.stack.push(Value::Tuple(id));
            }
            // EMPTY_LIST, APPEND, APPENDS
            b']' => {
                let id = self.heap.list(Vec::new());
                self.stack.push(Value::List(id));
            }
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' => {
                let items = self.marked()?;
                self.append(items)?;
            }
            // EMPTY_DICT, SETITEM, SETITEMS
            b'}' => {
                let dict = self.heap.dict();
                self.stack.push(dict);
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set_items(&[key, value])?;
            }
            b'u' => {
                let items = self.marked()?;
                self.set_items(&items)?;
            }
            // BINPUT, LONG_BINPUT, MEMOIZE
            b'q' => {
                let [slot] = self.take()?;
                self.memoize(slot.into())?;
            }
            b'r' => {
                let slot = u32::from_le_bytes(self.take()?);
                self.memoize(slot)?;
            }
            // The memo holds at most MAX_STEPS values.
            0x94 => self.memoize(self.memo.len() as u32)?,
            // BINGET, LONG_BINGET
            b'h' => {
                let [slot] = self.take()?;
                self.recall(slot.into())?;
            }
            b'j' => {
                let slot = u32::from_le_bytes(self.take()?);
                self.recall(slot)?;
            }
            // GLOBAL, STACK_GLOBAL
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.global(module, name)?;
            }
            0x93 => match (self.pop()?, self.pop()?) {
                (Value::Text(name), Value::Text(module)) => self.global(module, name)?,
                _ => return Err(self.broken("a global without a name")),
            },
            // BINPERSID, REDUCE, BUILD
            b'Q' => self.persistent()?,
            b'R' => {
                let (arguments, callee) = (self.pop()?, self.pop()?);
                let built = self.reduce(callee, arguments)?;
                self.stack.push(built);
            }
            b'b' => {
                // Modules leave `_metadata` on their state dict: versions of layers, which no tensor depends on.
                self.pop()?;
                if !matches!(self.stack.last(), Some(Value::Dict(_))) {
                    return Err(self.broken("it sets attributes of something other than a dict"));
                }
            }
            _ => {
                return Err(Stop::Opcode {
                    at: self.began,
                    opcode: name_of(opcode),
                });
            }
        }
        Ok(None)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let taken = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk().copied());
        self.at += N;
        taken.ok_or_else(|| self.cut_off())
    }

    fn cut_off(&self) -> Stop {
        self.broken("it ends in the middle")
    }

    fn text(&mut self, length: u64) -> Result<(), Stop> {
        let end = usize::try_from(length).ok().and_then(|n| self.at.checked_add(n));
        let bytes = end
            .and_then(|end| self.bytes.get(self.at..end))
            .ok_or_else(|| self.cut_off())?;
        self.at += bytes.len();
        let text = std::str::from_utf8(bytes).map_err(|_| self.broken("a text that is not UTF-8"))?;
        self.stack.push(Value::Text(text));
        Ok(())
    }

    /// Up to the end of the line, as GLOBAL writes its names.
    fn line(&mut self) -> Result<&'p str, Stop> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let end = rest.iter().position(|&b| b == b'\n').ok_or_else(|| self.cut_off())?;
        self.at += end + 1;
        std::str::from_utf8(&rest[..end]).map_err(|_| self.broken("a name that is not UTF-8"))
    }

    fn long1(&mut self) -> Result<(), Stop> {
        let [length] = self.take()?;
        let (mut value, mut top) = (0i64, 0u8);
        if length > 8 {
            return Err(self.broken("a number beyond 64 bits"));
        }
        for i in 0..length {
            [top] = self.take()?;
            value |= i64::from(top) << (8 * i);
        }
        if length < 8 && top >= 0x80 {
            value -= 1 << (8 * length);
        }
        self.stack.push(Value::Int(value));
        Ok(())
    }

    /// The topmost value of the innermost mark.
    fn pop(&mut self) -> Result<Value<'p>, Stop> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let value = if self.stack.len() > floor {
            self.stack.pop()
        } else {
            None
        };
        value.ok_or_else(|| self.broken("it takes a value from an empty stack"))
    }

    fn marked(&mut self) -> Result<Vec<Value<'p>>, Stop> {
        let mark = self
            .marks
            .pop()
            .ok_or_else(|| self.broken("it ends a list that it never began"))?;
        Ok(self.stack.split_off(mark))
    }

    fn tuple(&mut self, length: usize) -> Result<(), Stop> {
        let mut items = vec![Value::None; length];
        for item in items.iter_mut().rev() {
            *item = self.pop()?;
        }
        let id = self.heap.list(items);
        self.stack.push(Value::Tuple(id));
        Ok(())
    }

    fn append(&mut self, items: Vec<Value<'p>>) -> Result<(), Stop> {
        match self.stack.last() {
            Some(&Value::List(id)) => {
                self.heap.lists[id].extend(items);
                Ok(())
            }
            _ => Err(self.broken("it appends to something other than a list")),
        }
    }

    fn set_items(&mut self, items: &[Value<'p>]) -> Result<(), Stop> {
        let (pairs, rest) = items.as_chunks();
        match self.stack.last() {
            Some(&Value::Dict(id)) if rest.is_empty() => {
                self.heap.dicts[id].extend(pairs.iter().map(|&[key, value]| (key, value)));
                Ok(())
            }
            _ => Err(self.broken("it sets items of something other than a dict")),
        }
    }

    fn memoize(&mut self, slot: u32) -> Result<(), Stop> {
        let value = self
            .stack
            .last()
            .copied()
            .ok_or_else(|| self.broken("it remembers nothing"))?;
        self.memo.insert(slot, value);
        Ok(())
    }

    fn recall(&mut self, slot: u32) -> Result<(), Stop> {
        let value = self.memo.get(&slot).copied();
        self.stack
            .push(value.ok_or_else(|| self.broken("it recalls what it never remembered"))?);
        Ok(())
    }

    fn global(&mut self, module: &str, name: &str) -> Result<(), Stop> {
        let known = Global::of(module, name).ok_or_else(|| {
            let full = format!("{module}.{name}");
            Stop::Global(full.chars().take(SHOWN).flat_map(char::escape_debug).collect())
        })?;
        self.stack.push(Value::Global(known));
        Ok(())
    }

    fn persistent(&mut self) -> Result<(), Stop> {
        let id = self.pop()?;
        let storage = self.storage(id)?;
        self.heap.storages.push(storage);
        self.stack.push(Value::Storage(self.heap.storages.len() - 1));
        Ok(())
    }
}

/// What Python's documentation calls an instruction that is refused.
fn name_of(opcode: u8) -> String {
    let name = match opcode {
        b'i' => "INST",
        b'o' => "OBJ",
        0x81 => "NEWOBJ",
        0x92 => "NEWOBJ_EX",
        0x82..=0x84 => "EXT",
        b'B' | b'C' | 0x8e => "BINBYTES",
        0x8f => "EMPTY_SET",
        0x91 => "FROZENSET",
        0x96 => "BYTEARRAY8",
        b'T' | b'U' => "BINSTRING",
        b'P' => "PERSID",
        _ => return format!("0x{opcode:02x}"),
    };
    name.to_owned()
}
