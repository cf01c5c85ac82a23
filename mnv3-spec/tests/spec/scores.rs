//! What becomes of scores, and heads without any.

use crate::tiny::{errors, tiny_with};
use insta::assert_snapshot;

#[test]
fn a_softmax_over_one_class_says_nothing() {
    assert_snapshot!(errors(&tiny_with("classes: 10", "classes: 1, softmax: true")), @"
    tiny.yaml:9:49: a softmax over one class is 1 for every image
      |
    9 | head: { pool: avg, hidden: 32, nl: HS, classes: 1, softmax: true }
      |                                                 ^ write 2 or more, or softmax: false
    ");
}

#[test]
fn scores_go_through_softmax_or_sigmoid_and_there_must_be_some() {
    assert_snapshot!(errors(&tiny_with("classes: 10", "classes: 10, softmax: true, sigmoid: true")), @"
    tiny.yaml:9:77: scores go through softmax and sigmoid, which are for different networks
      |
    9 | head: { pool: avg, hidden: 32, nl: HS, classes: 10, softmax: true, sigmoid: true }
      |                                                                             ^^^^ write softmax: false where several classes may hold at once, or sigmoid: false where one does
    ");
    assert_snapshot!(errors(&tiny_with("classes: 10", "classes: none, softmax: true")), @"
    tiny.yaml:9:49: without classes there are no scores for softmax
      |
    9 | head: { pool: avg, hidden: 32, nl: HS, classes: none, softmax: true }
      |                                                 ^^^^ write a number of classes, or softmax: false
    ");
    assert_snapshot!(errors(&tiny_with("classes: 10", "sigmoid: true, classes: none")), @"
    tiny.yaml:9:64: without classes there are no scores for sigmoid
      |
    9 | head: { pool: avg, hidden: 32, nl: HS, sigmoid: true, classes: none }
      |                                                                ^^^^ write a number of classes, or sigmoid: false
    ");
}
