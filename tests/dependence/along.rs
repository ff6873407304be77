//! Which axis of an input runs along with an axis of the output.

use crate::case::Case;
use crate::support::graph::{bools, i64s, noise};
use ansatz::model::Along;

#[test]
fn pointwise_operators_keep_axes() {
    let add = Case::new("Add").data(noise(&[2, 3, 4], 1)).weight(noise(&[3, 1], 2));
    assert_eq!(add.along(1, 0), Along::Same(1));
    assert_eq!(add.along(2, 0), Along::Same(2));
    assert_eq!(add.along(1, 1), Along::Same(0), "an embedding of positions");
    assert_eq!(add.along(2, 1), Along::Absent, "an axis of size 1 is spread");
    assert_eq!(add.along(0, 0), Along::Mixed, "nothing is said of examples");
}

#[test]
fn equal_sizes_are_not_confused() {
    let turn = Case::new("Transpose").data(noise(&[2, 3, 3, 3], 1)).with("perm", [0, 2, 3, 1]);
    assert_eq!([1, 2, 3].map(|axis| turn.along(axis, 0)), [Along::Same(2), Along::Same(3), Along::Same(1)]);
    let product = Case::new("MatMul").data(noise(&[2, 3, 3], 1)).data(noise(&[2, 3, 3], 2));
    assert_eq!([product.along(1, 0), product.along(1, 1)], [Along::Same(1), Along::Absent]);
    assert_eq!([product.along(2, 0), product.along(2, 1)], [Along::Absent, Along::Same(2)]);
}

#[test]
fn operators_that_mix_an_axis_say_so() {
    let softmax = Case::new("Softmax").data(noise(&[2, 3, 4], 1));
    assert_eq!([softmax.along(1, 0), softmax.along(2, 0)], [Along::Same(1), Along::Absent]);
    let sum = Case::new("CumSum").data(noise(&[2, 3, 4], 1)).fixed(i64s(&[], &[1]));
    assert_eq!([sum.along(1, 0), sum.along(2, 0)], [Along::Mixed, Along::Same(2)]);
    let part = Case::new("Slice").data(noise(&[2, 5], 1)).ints(&[1]).ints(&[4]).ints(&[1]);
    assert_eq!(part.along(1, 0), Along::Mixed, "shifted, and of another size");
    let reverse = Case::new("Slice").data(noise(&[2, 5], 1)).ints(&[-1]).ints(&[i64::MIN]).ints(&[1]).ints(&[-1]);
    assert_eq!(reverse.along(1, 0), Along::Mixed);
    let part = Case::new("Slice").data(noise(&[2, 5, 3], 1)).ints(&[1]).ints(&[2]).ints(&[2]);
    assert_eq!(part.along(1, 0), Along::Same(1));
    let join = Case::new("Concat").data(noise(&[2, 3], 1)).data(noise(&[2, 2], 2)).with("axis", 1);
    assert_eq!(join.along(1, 0), Along::Mixed);
    let unknown = Case::new("ScatterND").data(noise(&[2, 3], 1)).data(i64s(&[1, 2], &[0, 1])).data(noise(&[1], 2));
    assert_eq!([unknown.along(1, 0), unknown.along(1, 2)], [Along::Same(1), Along::Absent]);
}

#[test]
fn reshapes_keep_the_axes_that_they_leave() {
    let heads = Case::new("Reshape").data(noise(&[2, 7, 12], 1)).ints(&[2, 7, 3, 4]);
    assert_eq!([1, 2].map(|axis| heads.along(axis, 0)), [Along::Same(1), Along::Mixed]);
    let merged = Case::new("Reshape").data(noise(&[2, 3, 4], 1)).ints(&[6, 4]);
    assert_eq!([merged.along(0, 0), merged.along(1, 0)], [Along::Mixed, Along::Same(2)]);
    let back = Case::new("Reshape").data(noise(&[6, 4], 1)).ints(&[2, 3, 4]);
    assert_eq!([back.along(1, 0), back.along(2, 0)], [Along::Absent, Along::Same(1)]);
}

#[test]
fn lookups_run_along_with_their_indices() {
    let embed = Case::new("Gather").weight(noise(&[5, 3], 1)).data(i64s(&[2, 4], &[0, 1, 2, 3, 4, 0, 1, 2])).below(5);
    assert_eq!([embed.along(1, 0), embed.along(1, 1)], [Along::Absent, Along::Same(1)]);
    assert_eq!([embed.along(2, 0), embed.along(2, 1)], [Along::Same(1), Along::Absent]);
}

#[test]
fn a_choice_that_never_reads_an_element_mixes() {
    let choice = Case::new("Where").fixed(bools(&[3], &[true, true, false])).data(noise(&[2, 3], 1));
    assert_eq!(choice.data(noise(&[2, 3], 2)).along(1, 1), Along::Mixed, "the last element is never read");
}
