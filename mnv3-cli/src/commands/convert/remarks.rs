//! What a user should know about how tensors were found and named.

use mnv3_convert::{Checkpoint, Ordered};
use mnv3_ir::Visible;

/// Names that the text lists.
const NAMED: usize = 5;

/// A line for each of what was not plain, after what is said of the file.
pub(super) fn of(checkpoint: &Checkpoint<'_>) -> String {
    let mut lines = Vec::new();
    let Checkpoint {
        wrappers,
        alternatives,
        prefix,
        other_prefixes,
        left_out,
        renamed,
        skipped,
        ordered,
        summed,
        fresh,
        not_run,
        ..
    } = checkpoint;
    if !wrappers.is_empty() || !alternatives.is_empty() {
        let mut line = format!("read from its key `{}`", Visible(&wrappers.join(".")));
        if !alternatives.is_empty() {
            line += &format!("; there are tensors under {} as well (--key)", quoted(alternatives));
        }
        lines.push(line);
    }
    if !prefix.is_empty() {
        let mut line = format!("`{}` was taken off the names", Visible(prefix));
        if !other_prefixes.is_empty() {
            line += &format!(
                "; there is a network under {} as well (--prefix)",
                quoted(other_prefixes)
            );
        }
        lines.push(line);
    }
    if *renamed > 0 {
        lines.push(format!("renamed: {}", tensors(*renamed)));
    }
    if !left_out.is_empty() {
        let (count, names) = (tensors(left_out.len()), first(left_out));
        lines.push(format!("left out: {count} of other names, {names}"));
    }
    if let [such, ..] = &skipped[..] {
        let count = tensors(skipped.len());
        lines.push(format!("left out: {count} of whole numbers, such as {}", Visible(such)));
    }
    if let Some(Ordered { layers, folded }) = ordered {
        let mut line = format!("{layers} layers have the names of the spec, by the order in which the graph runs them");
        if *folded > 0 {
            line += &format!("; {folded} with a batch norm folded in got one that changes nothing");
        }
        lines.push(line);
    }
    if let Some(channels) = summed {
        lines.push(format!("the first kernel was summed over its {channels} channels"));
    }
    if !fresh.is_empty() {
        lines.push(format!("fresh, of zeros, to be trained: {}", first(fresh)));
    }
    if !not_run.is_empty() {
        lines.push(format!("not run: {}", first(not_run)));
    }
    lines.iter().map(|line| format!("\n  {line}")).collect()
}

fn tensors(count: usize) -> String {
    format!("{count} tensor{}", if count == 1 { "" } else { "s" })
}

fn quoted(names: &[String]) -> String {
    format!("`{}`", Visible(&names.join("`, `")))
}

fn first(names: &[String]) -> String {
    let shown = names.len().min(NAMED);
    let more = match names.len() - shown {
        0 => String::new(),
        more => format!(" and {more} more (--json names all)"),
    };
    format!("{}{more}", Visible(&names[..shown].join(", ")))
}
