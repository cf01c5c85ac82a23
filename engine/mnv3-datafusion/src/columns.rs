//! Answers as Arrow columns.

use crate::answer::{ClassShare, LabelledBox};
use datafusion::arrow::array::{
    ArrayRef, Float32Builder, Float64Builder, ListArray, NullBufferBuilder, StringBuilder, StructArray, UInt32Builder,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::error::Result;
use mnv3_image::Class;
use std::sync::Arc;

/// A column of answers that is being written, a row for each picture.
pub(crate) trait AnswerColumn: Default + 'static {
    /// What a picture is answered with.
    type Answer;

    /// The type of the column.
    fn data_type() -> DataType;

    /// The next row: an answer, why there is none, or nothing where there was no picture.
    fn push(&mut self, answer: Option<Result<Self::Answer, String>>);

    /// All rows.
    fn finish(self) -> Result<ArrayRef>;
}

/// The likeliest class: `struct(label, index, probability, error)`.
#[derive(Default)]
pub(crate) struct ClassColumn {
    labels: StringBuilder,
    indices: UInt32Builder,
    probabilities: Float32Builder,
    errors: StringBuilder,
    valid: Valid,
}

/// A vector: `list(float)`.
#[derive(Default)]
pub(crate) struct EmbeddingColumn {
    numbers: Float32Builder,
    lists: Lists,
}

/// What was found: `list(struct(label, class, score, left, top, right, bottom))`.
#[derive(Default)]
pub(crate) struct BoxColumn {
    labels: StringBuilder,
    classes: UInt32Builder,
    numbers: [Float32Builder; 5],
    lists: Lists,
}

/// What pixels show: `list(struct(label, class, share))`.
#[derive(Default)]
pub(crate) struct ShareColumn {
    labels: StringBuilder,
    classes: UInt32Builder,
    shares: Float64Builder,
    lists: Lists,
}

/// Why a picture cannot be read: a text, or null where it can.
#[derive(Default)]
pub(crate) struct ErrorColumn {
    errors: StringBuilder,
}

/// Which rows are there.
struct Valid(NullBufferBuilder);

impl Default for Valid {
    fn default() -> Self {
        Self(NullBufferBuilder::new(0))
    }
}

/// How many elements the list of each row has.
#[derive(Default)]
struct Lists {
    lengths: Vec<usize>,
    valid: Valid,
}

impl Lists {
    /// The elements of the next row, or nothing where it has no list.
    fn push<T>(&mut self, answer: Option<Result<Vec<T>, String>>) -> Vec<T> {
        let elements = answer.and_then(Result::ok);
        self.valid.0.append(elements.is_some());
        let elements = elements.unwrap_or_default();
        self.lengths.push(elements.len());
        elements
    }

    fn finish(mut self, element: DataType, elements: ArrayRef) -> Result<ArrayRef> {
        let field = Arc::new(Field::new_list_field(element, true));
        let offsets = OffsetBuffer::from_lengths(self.lengths);
        let lists = ListArray::try_new(field, offsets, elements, self.valid.0.finish())?;
        Ok(Arc::new(lists))
    }
}

/// Numbers of classes fit: a network has far fewer.
fn number(class: usize) -> u32 {
    u32::try_from(class).unwrap_or(u32::MAX)
}

fn fields(named: &[(&str, DataType)]) -> Fields {
    let field = |(name, data_type): &(&str, DataType)| Field::new(*name, data_type.clone(), true);
    named.iter().map(field).collect()
}

fn list_of(fields: Fields) -> DataType {
    DataType::new_list(DataType::Struct(fields), true)
}

fn class_fields() -> Fields {
    fields(&[
        ("label", DataType::Utf8),
        ("index", DataType::UInt32),
        ("probability", DataType::Float32),
        ("error", DataType::Utf8),
    ])
}

fn box_fields() -> Fields {
    fields(&[
        ("label", DataType::Utf8),
        ("class", DataType::UInt32),
        ("score", DataType::Float32),
        ("left", DataType::Float32),
        ("top", DataType::Float32),
        ("right", DataType::Float32),
        ("bottom", DataType::Float32),
    ])
}

fn share_fields() -> Fields {
    fields(&[
        ("label", DataType::Utf8),
        ("class", DataType::UInt32),
        ("share", DataType::Float64),
    ])
}

impl AnswerColumn for ClassColumn {
    type Answer = Option<Class<'static>>;

    fn data_type() -> DataType {
        DataType::Struct(class_fields())
    }

    fn push(&mut self, answer: Option<Result<Self::Answer, String>>) {
        self.valid.0.append(answer.is_some());
        let (class, error) = match answer {
            Some(Ok(class)) => (class, None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        self.labels.append_option(class.as_ref().and_then(|class| class.label));
        self.indices
            .append_option(class.as_ref().map(|class| number(class.index)));
        self.probabilities
            .append_option(class.as_ref().map(|class| class.probability));
        self.errors.append_option(error);
    }

    fn finish(mut self) -> Result<ArrayRef> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.labels.finish()),
            Arc::new(self.indices.finish()),
            Arc::new(self.probabilities.finish()),
            Arc::new(self.errors.finish()),
        ];
        let rows = StructArray::try_new(class_fields(), columns, self.valid.0.finish())?;
        Ok(Arc::new(rows))
    }
}

impl AnswerColumn for EmbeddingColumn {
    type Answer = Vec<f32>;

    fn data_type() -> DataType {
        DataType::new_list(DataType::Float32, true)
    }

    fn push(&mut self, answer: Option<Result<Self::Answer, String>>) {
        self.numbers.append_slice(&self.lists.push(answer));
    }

    fn finish(mut self) -> Result<ArrayRef> {
        self.lists.finish(DataType::Float32, Arc::new(self.numbers.finish()))
    }
}

impl AnswerColumn for BoxColumn {
    type Answer = Vec<LabelledBox>;

    fn data_type() -> DataType {
        list_of(box_fields())
    }

    fn push(&mut self, answer: Option<Result<Self::Answer, String>>) {
        for LabelledBox { detection, label } in self.lists.push(answer) {
            self.labels.append_option(label);
            self.classes.append_value(number(detection.class));
            let [left, top, right, bottom] = detection.bounds.corners();
            let numbers = [detection.score, left, top, right, bottom];
            let columns = self.numbers.iter_mut().zip(numbers);
            columns.for_each(|(column, number)| column.append_value(number));
        }
    }

    fn finish(mut self) -> Result<ArrayRef> {
        let mut columns: Vec<ArrayRef> = vec![Arc::new(self.labels.finish()), Arc::new(self.classes.finish())];
        let numbers = self.numbers.iter_mut();
        columns.extend(numbers.map(|column| Arc::new(column.finish()) as ArrayRef));
        let boxes = StructArray::try_new(box_fields(), columns, None)?;
        self.lists.finish(DataType::Struct(box_fields()), Arc::new(boxes))
    }
}

impl AnswerColumn for ShareColumn {
    type Answer = Vec<ClassShare>;

    fn data_type() -> DataType {
        list_of(share_fields())
    }

    fn push(&mut self, answer: Option<Result<Self::Answer, String>>) {
        for ClassShare { class, label, share } in self.lists.push(answer) {
            self.labels.append_option(label);
            self.classes.append_value(number(class));
            self.shares.append_value(share);
        }
    }

    fn finish(mut self) -> Result<ArrayRef> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.labels.finish()),
            Arc::new(self.classes.finish()),
            Arc::new(self.shares.finish()),
        ];
        let shares = StructArray::try_new(share_fields(), columns, None)?;
        self.lists.finish(DataType::Struct(share_fields()), Arc::new(shares))
    }
}

impl AnswerColumn for ErrorColumn {
    type Answer = ();

    fn data_type() -> DataType {
        DataType::Utf8
    }

    fn push(&mut self, answer: Option<Result<(), String>>) {
        self.errors.append_option(answer.and_then(Result::err));
    }

    fn finish(mut self) -> Result<ArrayRef> {
        Ok(Arc::new(self.errors.finish()))
    }
}
