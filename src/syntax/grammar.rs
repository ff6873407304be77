//! The only module that sees pest: text to the lossless tree.

use super::kind::{SyntaxKind, with_syntax_kinds};
use super::tree::{Tree, TreeBuilder};
use pest::{Parser, Token};
use std::num::NonZeroUsize;
use std::sync::Once;

/// The parser that pest derives from the grammar files.
#[allow(missing_debug_implementations, missing_docs)]
mod derived {
    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/ansatz.pest"]
    #[grammar = "../grammar/hypothesis.pest"]
    #[grammar = "../grammar/generate.pest"]
    #[grammar = "../grammar/challenge.pest"]
    #[grammar = "../grammar/expr.pest"]
    #[grammar = "../grammar/token.pest"]
    #[grammar = "../grammar/recover.pest"]
    pub struct Grammar;
}
use derived::{Grammar, Rule};

/// How many steps one parse may take: the longest permitted text needs a third of it, and less than
/// all of it where it is written as densely as the language allows.
const CALL_LIMIT: usize = 100_000_000;

/// The text took more steps than are allowed, or more stack than there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMuchWork;

/// Parses `masked`, which has the same length and the same character boundaries as `text`; the
/// tree holds `text`.
///
/// # Errors
/// Only where the parser's bounds on work are met: the grammar matches every text.
pub fn parse(text: &str, masked: &str) -> Result<Tree, TooMuchWork> {
    static LIMIT: Once = Once::new();
    // The limit belongs to the process; nothing else in it parses with pest.
    LIMIT.call_once(|| pest::set_call_limit(NonZeroUsize::new(CALL_LIMIT)));
    let pairs = Grammar::parse(Rule::file, masked).map_err(|_| TooMuchWork)?;
    let mut builder = TreeBuilder::new(text);
    for token in pairs.tokens() {
        match token {
            Token::Start { rule, pos } => builder.open(kind(rule), pos.pos()),
            Token::End { pos, .. } => builder.close(pos.pos()),
        }
    }
    Ok(builder.finish())
}

macro_rules! declare_conversion {
    ($($rule:ident $kind:ident,)*) => {
        /// The kind of a rule. Silent rules and rules of look-ahead leave nothing in the tree.
        fn kind(rule: Rule) -> SyntaxKind {
            match rule {
                $(Rule::$rule => SyntaxKind::$kind,)*
                Rule::item | Rule::used | Rule::model_block | Rule::entry | Rule::size | Rule::more_parameters | Rule::value_head | Rule::behaviour_body | Rule::list_name | Rule::clause_comparison | Rule::explains | Rule::family_head | Rule::body | Rule::statement | Rule::regions | Rule::computes | Rule::computation | Rule::expression_ahead | Rule::estimated | Rule::scheme | Rule::target | Rule::arrow_end | Rule::arrow_sign | Rule::via_region | Rule::binary_operator | Rule::comparison | Rule::arithmetic_operator | Rule::operand_or_hole | Rule::primary | Rule::prefix | Rule::atom | Rule::more_exprs | Rule::range_dots | Rule::operand_start | Rule::operand_head | Rule::WHITESPACE | Rule::gap | Rule::blank | Rule::word_character | Rule::word_end | Rule::name | Rule::number_end | Rule::fraction | Rule::exponent | Rule::number | Rule::string_character | Rule::any_string | Rule::declared_name | Rule::plain_path | Rule::path_character | Rule::assign_sign | Rule::colon_sign | Rule::used_shape | Rule::value_shape | Rule::keyless_shape | Rule::name_group | Rule::dim_shape | Rule::entry_shape | Rule::component_shape | Rule::port_shape | Rule::table_shape | Rule::declaration_shape | Rule::bound_shape | Rule::arrow_shape | Rule::family_shape | Rule::port_group_shape | Rule::draw_without_name | Rule::item_value
                | Rule::made_of
                | Rule::made_start
                | Rule::piece_atom
                | Rule::mean_expression
                | Rule::computed
                | Rule::soft_item
                | Rule::block_item
                | Rule::interchanged_name
                | Rule::interchange_word
                | Rule::predicts_shape
                | Rule::search_shape
                | Rule::calibrate_shape
                | Rule::family_item
                | Rule::challenge_head
                | Rule::challenge_aim
                | Rule::challenge_value
                | Rule::challenge_name
                | Rule::challenge_ahead
                | Rule::set_part
                | Rule::expect_shape
                | Rule::soft_shape | Rule::statement_shape | Rule::group_ahead | Rule::close_ahead | Rule::open_paren | Rule::open_brace | Rule::close_brace | Rule::close_paren | Rule::close_call | Rule::close_bracket | Rule::close_vocabulary | Rule::close_ports | Rule::tail_end | Rule::line_end | Rule::junk | Rule::junk_or_space | Rule::item_ahead | Rule::statement_ahead | Rule::clause_ahead | Rule::metric_ahead | Rule::item_word | Rule::block_word => SyntaxKind::Other,
            }
        }
    };
}
with_syntax_kinds!(declare_conversion);
