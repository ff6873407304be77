//! The kinds of nodes and tokens: one for each visible rule of the grammar.

/// Calls `$callback!` with all pairs of a grammar rule and its kind; the one list of both.
macro_rules! with_syntax_kinds {
    ($callback:ident) => {
        $callback! {
            file File,
            item_line ItemLine,
            use_item Use,
            library_path LibraryPath,
            constant Constant,
            model Model,
            map Map,
            map_use MapUse,
            named_arguments NamedArguments,
            named_argument NamedArgument,
            map_parameters MapParameters,
            map_parameter MapParameter,
            source Source,
            model_line ModelLine,
            dim Dim,
            input Input,
            output Output,
            value_type ValueType,
            dims Dims,
            dim_entry DimEntry,
            vocabulary Vocabulary,
            component Component,
            parameters Parameters,
            parameter Parameter,
            at_clause AtClause,
            at_part AtPart,
            port_block PortBlock,
            port_line PortLine,
            port Port,
            data Data,
            column Column,
            generated Generated,
            made Made,
            made_line MadeLine,
            piece_family PieceFamily,
            family_names FamilyNames,
            let_line LetLine,
            condition Condition,
            seed_line SeedLine,
            made_column MadeColumn,
            pieces Pieces,
            sequence Sequence,
            piece Piece,
            any_token AnyToken,
            token_set TokenSet,
            row_piece RowPiece,
            row_where RowWhere,
            edit_piece EditPiece,
            fill_piece FillPiece,
            piece_group PieceGroup,
            family_use FamilyUse,
            count Count,
            count_operand CountOperand,
            row_condition RowCondition,
            table Table,
            table_source TableSource,
            feature Feature,
            behaviour Behaviour,
            where_clause WhereClause,
            name_list NameList,
            expect Expect,
            variant Variant,
            variant_line VariantLine,
            variant_block VariantBlock,
            clause_line ClauseLine,
            clause Clause,
            precision Precision,
            baseline Baseline,
            hypothesis Hypothesis,
            refines Refines,
            item_family ItemFamily,
            family Family,
            interchange Interchange,
            interchange_line InterchangeLine,
            predicts Predicts,
            align Align,
            search Search,
            search_line SearchLine,
            calibrate Calibrate,
            calibrate_line CalibrateLine,
            searched_over SearchedOver,
            searched_claims SearchedClaims,
            searched_claim SearchedClaim,
            searched_ports SearchedPorts,
            objective Objective,
            objective_metric ObjectiveMetric,
            search_setting SearchSetting,
            challenge Challenge,
            challenge_line ChallengeLine,
            candidates Candidates,
            challenge_filter ChallengeFilter,
            rank Rank,
            repetitions Repetitions,
            budget Budget,
            success Success,
            common_values CommonValues,
            challenged_set ChallengedSet,
            scores Scores,
            expectation Expectation,
            hypothesis_line HypothesisLine,
            node NodeStatement,
            region Region,
            mean Mean,
            zero Zero,
            constant_value ConstantValue,
            from_clause FromClause,
            estimate Estimate,
            changed Changed,
            rest Rest,
            override_node Override,
            drop_claim Drop,
            swap Swap,
            draw Draw,
            paired_clause PairedClause,
            pool Pool,
            unclaimed Unclaimed,
            unclaimed_target UnclaimedTarget,
            arrow Arrow,
            arrow_source ArrowSource,
            arrow_target ArrowTarget,
            except_clause ExceptClause,
            terms_clause TermsClause,
            ports Ports,
            port_group PortGroup,
            expr Expr,
            adjacent_expr AdjacentExpr,
            bound Bound,
            mask Mask,
            operand Operand,
            reference Reference,
            any_call AnyCall,
            arguments Arguments,
            paren Paren,
            index Index,
            index_part IndexPart,
            if_expr IfExpr,
            COMMENT Comment,
            file_doc FileDoc,
            item_doc ItemDoc,
            line_comment LineComment,
            ident Ident,
            foreign_ident ForeignIdent,
            keyword Keyword,
            kw_model KwModel,
            kw_data KwData,
            kw_feature KwFeature,
            kw_behaviour KwBehaviour,
            kw_hypothesis KwHypothesis,
            kw_expect KwExpect,
            kw_dim KwDim,
            kw_input KwInput,
            kw_output KwOutput,
            kw_component KwComponent,
            kw_port KwPort,
            kw_vocabulary KwVocabulary,
            kw_at KwAt,
            kw_in KwIn,
            kw_for KwFor,
            kw_explains KwExplains,
            kw_of KwOf,
            kw_on KwOn,
            kw_node KwNode,
            kw_computes KwComputes,
            kw_exact KwExact,
            kw_any KwAny,
            kw_unclaimed KwUnclaimed,
            kw_if KwIf,
            kw_then KwThen,
            kw_else KwElse,
            kw_and KwAnd,
            kw_or KwOr,
            kw_not KwNot,
            kw_true KwTrue,
            kw_false KwFalse,
            kw_refines KwRefines,
            kw_use KwUse,
            kw_with KwWith,
            kw_table KwTable,
            kw_estimate KwEstimate,
            kw_draw KwDraw,
            kw_site KwSite,
            kw_override KwOverride,
            kw_drop KwDrop,
            kw_except KwExcept,
            kw_via KwVia,
            kw_swap KwSwap,
            kw_where KwWhere,
            kw_over KwOver,
            kw_as KwAs,
            kw_interchange KwInterchange,
            soft_constant SoftConstant,
            soft_map SoftMap,
            soft_mean SoftMean,
            soft_zero SoftZero,
            soft_from SoftFrom,
            soft_rest SoftRest,
            soft_self SoftSelf,
            soft_pool SoftPool,
            soft_paired SoftPaired,
            soft_by SoftBy,
            soft_predicts SoftPredicts,
            soft_align SoftAlign,
            soft_baseline SoftBaseline,
            soft_precision SoftPrecision,
            soft_generate SoftGenerate,
            soft_family SoftFamily,
            soft_let SoftLet,
            soft_seed SoftSeed,
            soft_row SoftRow,
            soft_edit SoftEdit,
            soft_fill SoftFill,
            soft_search SoftSearch,
            soft_calibrate SoftCalibrate,
            soft_maximise SoftMaximise,
            soft_per SoftPer,
            soft_challenge SoftChallenge,
            soft_fools SoftFools,
            soft_distinguishes SoftDistinguishes,
            soft_rank SoftRank,
            soft_draws SoftDraws,
            soft_budget SoftBudget,
            soft_success SoftSuccess,
            soft_match SoftMatch,
            soft_trusted SoftTrusted,
            soft_anomalous SoftAnomalous,
            soft_scores SoftScores,
            int Int,
            real Real,
            bad_number BadNumber,
            string StringLiteral,
            unterminated_string UnterminatedString,
            l_paren LParen,
            r_paren RParen,
            l_bracket LBracket,
            r_bracket RBracket,
            l_brace LBrace,
            r_brace RBrace,
            comma Comma,
            colon Colon,
            dot_dot DotDot,
            assign Assign,
            dot Dot,
            bar Bar,
            arrow_token ArrowToken,
            all_paths AllPaths,
            plus Plus,
            minus Minus,
            star Star,
            slash Slash,
            percent Percent,
            less Less,
            less_equal LessEqual,
            greater Greater,
            greater_equal GreaterEqual,
            equal_equal EqualEqual,
            not_equal NotEqual,
            reserved_name ReservedName,
            reserved_column ReservedColumn,
            missing_name MissingName,
            missing_type MissingType,
            missing_format MissingFormat,
            missing_string MissingString,
            missing_size MissingSize,
            missing_dims MissingDims,
            missing_expr MissingExpr,
            missing_region MissingRegion,
            missing_scheme MissingScheme,
            missing_range MissingRange,
            missing_used MissingUsed,
            missing_overridden MissingOverridden,
            missing_dropped MissingDropped,
            missing_swapped MissingSwapped,
            missing_rest MissingRest,
            missing_baseline MissingBaseline,
            missing_piece MissingPiece,
            missing_places MissingPlaces,
            missing_tokens MissingTokens,
            missing_aim MissingAim,
            missing_set MissingSet,
            missing_of MissingOf,
            missing_by MissingBy,
            missing_via MissingVia,
            missing_except MissingExcept,
            missing_dot MissingDot,
            missing_assign MissingAssign,
            missing_colon MissingColon,
            missing_in MissingIn,
            missing_dots MissingDots,
            missing_then MissingThen,
            missing_else MissingElse,
            missing_node MissingNode,
            missing_keyword MissingKeyword,
            missing_explains MissingExplains,
            missing_computes MissingComputes,
            missing_comparison MissingComparison,
            missing_l_paren MissingLParen,
            missing_r_paren MissingRParen,
            missing_r_bracket MissingRBracket,
            missing_l_brace MissingLBrace,
            missing_r_brace MissingRBrace,
            missing_comma MissingComma,
            missing_dim_comma MissingDimComma,
            missing_parameter_comma MissingParameterComma,
            missing_argument_comma MissingArgumentComma,
            missing_name_comma MissingNameComma,
            wrong_word WrongWord,
            wrong_else WrongElse,
            wrong_computes WrongComputes,
            wrong_operator WrongOperator,
            wrong_not WrongNot,
            wrong_assign WrongAssign,
            wrong_colon WrongColon,
            wrong_arrow WrongArrow,
            wrong_dots WrongDots,
            wrong_in WrongIn,
            wrong_range WrongRange,
            wrong_plus WrongPlus,
            wrong_comma WrongComma,
            wrong_of WrongOf,
            wrong_by WrongBy,
            wrong_slice WrongSlice,
            wrong_bracket WrongBracket,
            wrong_paren WrongParen,
            wrong_bar WrongBar,
            wrong_sum WrongSum,
            wrong_list WrongList,
            wrong_key WrongKey,
            wrong_arguments WrongArguments,
            stray_comma StrayComma,
            needless Needless,
            needless_type NeedlessType,
            needless_default NeedlessDefault,
            needless_keyword NeedlessKeyword,
            needless_port NeedlessPort,
            needless_sum NeedlessSum,
            late_index LateIndex,
            bare_path BarePath,
            bare_file BareFile,
            misspelled_value MisspelledValue,
            misspelled_entry MisspelledEntry,
            error_range ErrorRange,
            error_in_parens ErrorInParens,
            error_in_call ErrorInCall,
            error_in_brackets ErrorInBrackets,
            error_in_vocabulary ErrorInVocabulary,
            error_in_ports ErrorInPorts,
            error_before_assign ErrorBeforeAssign,
            error_before_brace ErrorBeforeBrace,
            error_tail ErrorTail,
            error_line ErrorLine,
            error_top_line ErrorTopLine,
            junk_word JunkWord,
            junk_character JunkCharacter,
            junk_group JunkGroup,
            misplaced Misplaced,
            misplaced_item MisplacedItem,
            EOI EndOfFile,
        }
    };
}
pub(super) use with_syntax_kinds;

macro_rules! declare_kinds {
    ($($rule:ident $kind:ident,)*) => {
        /// What a node or token of the tree is. `Missing*` kinds have no width; `Missing*`, `Wrong*`,
        /// `Needless*`, `Late*` and `Error*` mark what is not the language and has been reported.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum SyntaxKind {
            $($kind,)*
            /// Blanks and line breaks.
            Whitespace,
            /// Text without a rule of its own, inside skipped text or a literal of the grammar.
            Other,
        }

        impl SyntaxKind {
            /// The name of the rule of the grammar, by which the grammars of editors call it, too.
            #[must_use]
            pub fn rule_name(self) -> &'static str {
                match self {
                    $(SyntaxKind::$kind => stringify!($rule),)*
                    SyntaxKind::Whitespace => "WHITESPACE",
                    SyntaxKind::Other => "ANY",
                }
            }
        }
    };
}
with_syntax_kinds!(declare_kinds);

impl SyntaxKind {
    /// Whether this is space or a comment, which mean nothing to the language.
    #[must_use]
    pub fn is_trivia(self) -> bool {
        use SyntaxKind::{Comment, EndOfFile, FileDoc, ItemDoc, LineComment, Whitespace};
        matches!(self, Whitespace | Comment | FileDoc | ItemDoc | LineComment | EndOfFile)
    }

    /// Whether a node of this kind marks text that is not the language.
    #[must_use]
    pub fn is_mistake(self) -> bool {
        use SyntaxKind::*;
        self.is_opaque()
            || matches!(
                self,
                ForeignIdent
                    | BadNumber
                    | UnterminatedString
                    | MissingName
                    | MissingType
                    | MissingFormat
                    | MissingString
                    | MissingSize
                    | MissingDims
                    | MissingExpr
                    | MissingRegion
                    | MissingScheme
                    | MissingRange
                    | MissingUsed
                    | MissingOverridden
                    | MissingDropped
                    | MissingSwapped
                    | MissingRest
                    | MissingBaseline
                    | MissingPiece
                    | MissingPlaces
                    | MissingTokens
                    | MissingAim
                    | MissingSet
                    | MissingOf
                    | MissingBy
                    | MissingVia
                    | MissingExcept
                    | MissingDot
                    | MissingAssign
                    | MissingColon
                    | MissingIn
                    | MissingDots
                    | MissingThen
                    | MissingElse
                    | MissingNode
                    | MissingKeyword
                    | MissingExplains
                    | MissingComputes
                    | MissingComparison
                    | MissingLParen
                    | MissingRParen
                    | MissingRBracket
                    | MissingLBrace
                    | MissingRBrace
                    | MissingComma
                    | MissingDimComma
                    | MissingParameterComma
                    | MissingArgumentComma
                    | MissingNameComma
                    | MisspelledValue
                    | MisspelledEntry
            )
    }
}
