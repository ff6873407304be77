//! From claims to an unrolled graph. A tap reads a clean value, a shunt replaces one; the result
//! holds copies of only those operators that lie between a node and the sources of its arrows.

mod assemble;
mod demand;
mod program;
mod reach;
mod tree;
mod unroll;

pub use demand::{demand, direct_demand};
pub use program::{Feed, FeedId, Operand, Program, Source};
pub use reach::{Reach, closed, row_shape};
pub use tree::{Draw, DrawId, Role, Rule, Target, TooManyVisits, Tree, Visit, VisitId, treeify};
pub use unroll::{Map, lower};
