//! The stack machine: one arm per instruction.

use super::stop::Stop;
use super::value::{Heap, PickleValue};
use std::collections::HashMap;

/// Instructions of a pickle, each of which costs a bounded number of bytes. A training checkpoint of the largest
/// MobileNetV3, with its optimizer, has forty thousand.
pub(super) const MAX_STEPS: usize = 1 << 20;
/// Tuples and lists begun and not ended. A checkpoint needs about six.
const MAX_MARKS: usize = 1000;

/// Reads the pickle that `bytes` begin with.
pub(crate) fn read(bytes: &[u8]) -> Result<Pickle<'_>, Stop> {
    let mut machine = Machine {
        bytes,
        at: 0,
        began: 0,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        heap: Heap::default(),
        copied: 0,
    };
    for _ in 0..MAX_STEPS {
        machine.began = machine.at;
        let [opcode] = machine.take()?;
        if opcode == b'.' {
            let root = machine.pop()?;
            let Machine { heap, at: length, .. } = machine;
            return Ok(Pickle { heap, root, length });
        }
        machine.step(opcode)?;
    }
    Err(machine.broken(format!("it has more than {MAX_STEPS} instructions")))
}

pub(super) struct Machine<'p> {
    pub(super) bytes: &'p [u8],
    pub(super) at: usize,
    /// Where the instruction began, for messages.
    began: usize,
    stack: Vec<PickleValue<'p>>,
    /// Heights of the stack at which tuples and lists begin.
    marks: Vec<usize>,
    memo: HashMap<u32, PickleValue<'p>>,
    pub(super) heap: Heap<'p>,
    /// Entries of dicts that were copied from lists.
    pub(super) copied: usize,
}

impl<'p> Machine<'p> {
    pub(super) fn broken(&self, what: impl Into<String>) -> Stop {
        Stop::Broken {
            at: self.began,
            what: what.into(),
        }
    }

    /// Carries out one instruction, STOP apart.
    fn step(&mut self, opcode: u8) -> Result<(), Stop> {
        match opcode {
            // PROTO
            0x80 => {
                let [version] = self.take()?;
                if version > 5 {
                    return Err(self.broken(format!("protocol {version}; the last one is 5")));
                }
            }
            // FRAME: its length is advice to readers of streams.
            0x95 => _ = self.take::<8>()?,
            b'(' => {
                if self.marks.len() == MAX_MARKS {
                    return Err(self.broken(format!("it is nested deeper than {MAX_MARKS} levels")));
                }
                self.marks.push(self.stack.len());
            }
            // POP, which may take a mark; POP_MARK, DUP
            b'0' => match self.marks.last() {
                Some(&mark) if mark == self.stack.len() => _ = self.marks.pop(),
                _ => _ = self.pop()?,
            },
            b'1' => _ = self.marked()?,
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
            }
            // What stands for itself.
            b'N' | 0x88 | 0x89 | b'J' | b'K' | b'M' | b'I' | b'L' | 0x8a | 0x8b | b'F' | b'G' | b'S' | b'T' | b'U'
            | b'V' | b'X' | 0x8c | 0x8d | b'B' | b'C' | 0x8e | 0x96 => {
                let value = self.literal(opcode)?;
                self.stack.push(value);
            }
            // EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3, TUPLE
            b')' => self.tuple(0)?,
            0x85..=0x87 => self.tuple(usize::from(opcode - 0x84))?,
            b't' => {
                let items = self.marked()?;
                let id = self.heap.list(items);
                self.stack.push(PickleValue::Tuple(id));
            }
            // EMPTY_LIST, EMPTY_SET; LIST, FROZENSET
            b']' | 0x8f => self.list(Vec::new()),
            b'l' | 0x91 => {
                let items = self.marked()?;
                self.list(items);
            }
            // APPEND; APPENDS, ADDITEMS
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' | 0x90 => {
                let items = self.marked()?;
                self.append(items)?;
            }
            // EMPTY_DICT, DICT, SETITEM, SETITEMS
            b'}' => {
                let dict = self.heap.dict();
                self.stack.push(dict);
            }
            b'd' => {
                let items = self.marked()?;
                let dict = self.heap.dict();
                self.stack.push(dict);
                self.set_items(&items)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set_items(&[key, value])?;
            }
            b'u' => {
                let items = self.marked()?;
                self.set_items(&items)?;
            }
            // PUT, BINPUT, LONG_BINPUT, MEMOIZE
            b'p' => {
                let slot = self.slot()?;
                self.memoize(slot)?;
            }
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
            // GET, BINGET, LONG_BINGET
            b'g' => {
                let slot = self.slot()?;
                self.recall(slot)?;
            }
            b'h' => {
                let [slot] = self.take()?;
                self.recall(slot.into())?;
            }
            b'j' => {
                let slot = u32::from_le_bytes(self.take()?);
                self.recall(slot)?;
            }
            _ => return self.make(opcode),
        }
        Ok(())
    }

    /// The instructions that name, call and fill objects.
    fn make(&mut self, opcode: u8) -> Result<(), Stop> {
        let made = match opcode {
            // GLOBAL, STACK_GLOBAL
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                PickleValue::Global(self.heap.global(module, name))
            }
            0x93 => match (self.pop()?, self.pop()?) {
                (PickleValue::Text(name), PickleValue::Text(module)) => {
                    PickleValue::Global(self.heap.global(module, name))
                }
                _ => return Err(self.broken("a global without a name")),
            },
            // PERSID, BINPERSID
            b'P' => {
                let id = PickleValue::Text(self.line()?);
                self.persistent(id)
            }
            b'Q' => {
                let id = self.pop()?;
                self.persistent(id)
            }
            // REDUCE, NEWOBJ; NEWOBJ_EX, whose keywords nothing here has a use for
            b'R' | 0x81 => {
                let (arguments, callee) = (self.pop()?, self.pop()?);
                self.call(callee, arguments)?
            }
            0x92 => {
                let (_, arguments, callee) = (self.pop()?, self.pop()?, self.pop()?);
                self.call(callee, arguments)?
            }
            // INST, OBJ
            b'i' => {
                let (module, name) = (self.line()?, self.line()?);
                let callee = PickleValue::Global(self.heap.global(module, name));
                let arguments = self.marked()?;
                let arguments = PickleValue::Tuple(self.heap.list(arguments));
                self.call(callee, arguments)?
            }
            b'o' => {
                let mut arguments = self.marked()?.into_iter();
                let callee = arguments.next().ok_or_else(|| self.broken("an object of no class"))?;
                let arguments = PickleValue::Tuple(self.heap.list(arguments.collect()));
                self.call(callee, arguments)?
            }
            // BUILD
            b'b' => {
                let state = self.pop()?;
                let top = self.top()?;
                return self.build(top, state);
            }
            _ => {
                return Err(Stop::Opcode {
                    at: self.began,
                    opcode: name_of(opcode),
                });
            }
        };
        self.stack.push(made);
        Ok(())
    }

    /// The topmost value of the innermost mark.
    fn pop(&mut self) -> Result<PickleValue<'p>, Stop> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn top(&self) -> Result<PickleValue<'p>, Stop> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let above = self.stack.get(floor..).and_then(<[_]>::last);
        above
            .copied()
            .ok_or_else(|| self.broken("it takes a value from an empty stack"))
    }

    fn marked(&mut self) -> Result<Vec<PickleValue<'p>>, Stop> {
        let mark = self
            .marks
            .pop()
            .ok_or_else(|| self.broken("it ends a list that it never began"))?;
        Ok(self.stack.split_off(mark))
    }

    fn tuple(&mut self, length: usize) -> Result<(), Stop> {
        let mut items = vec![PickleValue::None; length];
        for item in items.iter_mut().rev() {
            *item = self.pop()?;
        }
        let id = self.heap.list(items);
        self.stack.push(PickleValue::Tuple(id));
        Ok(())
    }

    fn list(&mut self, items: Vec<PickleValue<'p>>) {
        let id = self.heap.list(items);
        self.stack.push(PickleValue::List(id));
    }

    fn append(&mut self, items: Vec<PickleValue<'p>>) -> Result<(), Stop> {
        match self.top()? {
            PickleValue::List(id) => self.heap.lists[id].extend(items),
            // A kind of list that is not known: nobody keeps weights in one.
            PickleValue::Object(_) => {}
            _ => return Err(self.broken("it appends to something other than a list")),
        }
        Ok(())
    }

    fn set_items(&mut self, items: &[PickleValue<'p>]) -> Result<(), Stop> {
        let (pairs, rest) = items.as_chunks();
        if !rest.is_empty() {
            return Err(self.broken("a key without a value"));
        }
        let dict = match self.top()? {
            PickleValue::Dict(id) => Some(id),
            PickleValue::Object(id) => Some(self.heap.items_of(id)),
            _ => None,
        };
        let Some(dict) = dict else {
            return Err(self.broken("it sets items of something other than a dict"));
        };
        self.heap.dicts[dict].extend(pairs.iter().map(|&[key, value]| (key, value)));
        Ok(())
    }

    fn memoize(&mut self, slot: u32) -> Result<(), Stop> {
        let value = self.top()?;
        self.memo.insert(slot, value);
        Ok(())
    }

    fn recall(&mut self, slot: u32) -> Result<(), Stop> {
        let value = self.memo.get(&slot).copied();
        self.stack
            .push(value.ok_or_else(|| self.broken("it recalls what it never remembered"))?);
        Ok(())
    }
}

/// What Python's documentation calls an instruction that is refused.
fn name_of(opcode: u8) -> String {
    let name = match opcode {
        0x82 => "EXT1",
        0x83 => "EXT2",
        0x84 => "EXT4",
        0x97 => "NEXT_BUFFER",
        0x98 => "READONLY_BUFFER",
        _ => return format!("0x{opcode:02x}"),
    };
    name.to_owned()
}

/// A pickle that was read.
#[derive(Debug)]
pub(crate) struct Pickle<'p> {
    pub(crate) heap: Heap<'p>,
    pub(crate) root: PickleValue<'p>,
    /// Its bytes: more may follow it.
    pub(crate) length: usize,
}
