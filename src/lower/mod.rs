//! From claims to an unrolled graph. A tap reads a clean value, a shunt replaces one; the result
//! holds copies of only those operators that lie between a node and the sources of its arrows.

mod assemble;
mod cells;
mod demand;
mod emit;
mod layout;
mod map;
mod narrow;
mod occurrence;
mod pieces;
mod plain;
mod program;
mod reach;
mod spaces;
mod state;
mod tree;
mod treeify;
mod unroll;
mod walk;
mod walks;

pub use demand::{demand, direct_demand};
pub use map::{Map, row_shape};
pub use occurrence::{parts as written_parts, step as occurrence_step};
pub use program::{Expansion, Feed, FeedId, Filling, Gathered, Mean, MeanIx, Operand, Piece, Program, Source};
pub use reach::{Reach, closed};
pub use spaces::{ABSENT, Space, SpaceId, Spaces};
pub use state::{Cell, Conflict, Entry, Ground, Live, Outcome, Reading, State, StateIx};
pub use tree::{Content, Datum, Draw, DrawId, Fill, Role, Rule, Tree, Visit, VisitId};
pub use treeify::{TooManyVisits, treeify};
pub use unroll::lower;
pub use walk::Walk;
pub use walks::Walks;
