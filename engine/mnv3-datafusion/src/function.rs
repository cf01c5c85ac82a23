//! Scalar functions that ask about pictures.

use crate::answer::{ClassShare, LabelledBox};
use crate::asking::{AskColumn, Askers};
use crate::columns::{AnswerColumn, BoxColumn, ClassColumn, EmbeddingColumn, ErrorColumn, ShareColumn};
use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::utils::take_function_args;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};
use datafusion::scalar::ScalarValue;
use mnv3_image::{Class, PictureDecoder};
use mnv3_stream::StreamError;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A scalar function of one argument: the bytes of image files, in a column of type Binary, `LargeBinary` or `BinaryView`.
///
/// Each of these takes what makes an asker: a closure that decodes a picture, puts it to a network, and has the memory for both. Threads
/// of a query have one each, and use it again for the next batch of rows. A picture that cannot be read, or makes a decoder panic, is a row
/// without an answer: a query does not fail of it. Where there is no picture (null) there is no answer (null).
///
/// A compiled network as a function:
/// ```no_run
/// # use mnv3_datafusion::PictureFunction;
/// # use mnv3_image::{Class, DecodedPicture, ImageError, PictureDecoder};
/// # struct MobileNetV3Large;
/// # impl MobileNetV3Large {
/// #     fn classify(&self, _: &DecodedPicture, _: usize) -> Result<Vec<Class<'static>>, ImageError> { Ok(vec![]) }
/// # }
/// # fn register(network: MobileNetV3Large, context: datafusion::prelude::SessionContext) {
/// let network = std::sync::Arc::new(network);
/// let function = PictureFunction::classify("classify", move || {
///     let network = network.clone();
///     let mut decoder = PictureDecoder::exact();
///     move |bytes: &[u8]| {
///         let picture = decoder.decode(bytes)?;
///         let best = network.classify(&picture, 1)?.into_iter().next();
///         decoder.recycle(picture);
///         Ok(best)
///     }
/// });
/// context.register_udf(function.into());
/// # }
/// ```
#[derive(Clone)]
pub struct PictureFunction {
    /// As queries call it.
    aliases: [String; 1],
    /// As it is called between processes.
    name: String,
    signature: Signature,
    asks: Arc<dyn AskColumn>,
}

impl PictureFunction {
    /// The likeliest class: `struct(label, index, probability, error)`. Of a picture that cannot be read all but `error` is null, of others
    /// `error` is.
    pub fn classify<A>(name: &str, make: impl Fn() -> A + Send + Sync + 'static) -> Self
    where
        A: FnMut(&[u8]) -> Result<Option<Class<'static>>, StreamError> + Send + 'static,
    {
        Self::new::<ClassColumn, _>(name, make)
    }

    /// A vector: `list(float)`, or null for a picture that cannot be read.
    pub fn embed<A>(name: &str, make: impl Fn() -> A + Send + Sync + 'static) -> Self
    where
        A: FnMut(&[u8]) -> Result<Vec<f32>, StreamError> + Send + 'static,
    {
        Self::new::<EmbeddingColumn, _>(name, make)
    }

    /// What is in a picture, and where: `list(struct(label, class, score, left, top, right, bottom))`, or null for a picture that cannot be
    /// read.
    pub fn detect<A>(name: &str, make: impl Fn() -> A + Send + Sync + 'static) -> Self
    where
        A: FnMut(&[u8]) -> Result<Vec<LabelledBox>, StreamError> + Send + 'static,
    {
        Self::new::<BoxColumn, _>(name, make)
    }

    /// What pixels show: `list(struct(label, class, share))`, or null for a picture that cannot be read.
    pub fn segment<A>(name: &str, make: impl Fn() -> A + Send + Sync + 'static) -> Self
    where
        A: FnMut(&[u8]) -> Result<Vec<ClassShare>, StreamError> + Send + 'static,
    {
        Self::new::<ShareColumn, _>(name, make)
    }

    /// Why a picture cannot be read: a text, or null for one that can. For what other functions have null for.
    #[must_use]
    pub fn picture_error() -> Self {
        Self::new::<ErrorColumn, _>("picture_error", || {
            let mut decoder = PictureDecoder::exact();
            move |bytes: &[u8]| {
                let picture = decoder.decode(bytes)?;
                decoder.recycle(picture);
                Ok(())
            }
        })
    }

    fn new<C: AnswerColumn, A>(name: &str, make: impl Fn() -> A + Send + Sync + 'static) -> Self
    where
        A: FnMut(&[u8]) -> Result<C::Answer, StreamError> + Send + 'static,
    {
        Self {
            aliases: [name.to_owned()],
            name: name.to_owned(),
            signature: Signature::user_defined(Volatility::Immutable),
            asks: Arc::new(Askers::<C, _, A>::new(make)),
        }
    }

    /// The same function, known between processes by a fingerprint of what it computes beside its name: a plan that one of them made is
    /// then refused by another whose function of this name is not the same, which would answer otherwise.
    #[must_use]
    pub fn with_fingerprint(self, fingerprint: u64) -> Self {
        let name = format!("{}:{fingerprint:016x}", self.aliases[0]);
        Self { name, ..self }
    }

    /// As queries call it.
    #[must_use]
    pub fn called(&self) -> &str {
        &self.aliases[0]
    }
}

/// The bytes of each row of a column.
fn pictures(column: &ArrayRef) -> Result<Box<dyn Iterator<Item = Option<&[u8]>> + '_>> {
    Ok(match column.data_type() {
        DataType::Binary => Box::new(column.as_binary::<i32>().iter()),
        DataType::LargeBinary => Box::new(column.as_binary::<i64>().iter()),
        DataType::BinaryView => Box::new(column.as_binary_view().iter()),
        other => {
            return Err(DataFusionError::Internal(format!(
                "pictures in a column of type {other}"
            )));
        }
    })
}

impl ScalarUDFImpl for PictureFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    /// Columns are called as the query calls the function.
    fn schema_name(&self, arguments: &[Expr]) -> Result<String> {
        let arguments: Vec<String> = arguments.iter().map(|of| of.schema_name().to_string()).collect();
        Ok(format!("{}({})", self.called(), arguments.join(",")))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match types {
            [of @ (DataType::Binary | DataType::LargeBinary | DataType::BinaryView)] => Ok(vec![of.clone()]),
            [DataType::Null] => Ok(vec![DataType::Binary]),
            [other] => Err(DataFusionError::Plan(format!(
                "{}: it takes the bytes of pictures (Binary, LargeBinary or BinaryView), and this is {other}",
                self.called()
            ))),
            several => Err(DataFusionError::Plan(format!(
                "{}: it takes one argument, the bytes of pictures, and there are {}",
                self.called(),
                several.len()
            ))),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.asks.data_type())
    }

    fn invoke_with_args(&self, called: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [of] = take_function_args(self.called(), called.args)?;
        match of {
            ColumnarValue::Array(column) => Ok(ColumnarValue::Array(self.asks.ask(&mut pictures(&column)?)?)),
            ColumnarValue::Scalar(one) => {
                let answer = self.asks.ask(&mut pictures(&one.to_array()?)?)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&answer, 0)?))
            }
        }
    }
}

/// The same are those that are clones of one.
impl PartialEq for PictureFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && Arc::ptr_eq(&self.asks, &other.asks)
    }
}

impl Eq for PictureFunction {}

impl Hash for PictureFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl fmt::Debug for PictureFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PictureFunction")
            .field("name", &self.name)
            .field("answers", &self.asks.data_type())
            .finish_non_exhaustive()
    }
}
