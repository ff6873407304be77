; Classes of text. Of several captures of a node the last one counts.

(ident) @variable

; Names where they are declared, and names of a kind that shows.

(value_type . (ident) @type)
(dim_entry . (ident) @property)
(dim . "dim" . (ident) @property)
(index_part . (ident) @property . ":")
(at_part . (ident) @property)
(named_argument . (ident) @variable.parameter)
(map_parameter . (ident) @variable.parameter)
(parameter . (ident) @variable.parameter)
(name_list (ident) @variable.parameter)
(family_names (ident) @variable.parameter)
(column . (ident) @property)
(made_column . (ident) @property)
(search_setting . (ident) @property)
(port "port" . (ident) @property)
(ports (ident) @property)
(port_group (ident) @property)

(reference . (ident) @function (arguments))
(family_use . (ident) @function (arguments))
(clause . (ident) @function)
(objective_metric . (ident) @function)
(expectation "expect" . (ident) @function . "(")
(source . (ident) @function.builtin)
(table_source . (ident) @function.builtin)

(model "model" . (ident) @type)
(map "map" . (ident) @type)
(data "data" . (ident) @type)
(generated "data" . (ident) @type)
(table "table" . (ident) @constant)
(constant "constant" . (ident) @constant)
(feature "feature" . (ident) @function)
(behaviour "behaviour" . (ident) @function)
(hypothesis "hypothesis" . (ident) @type)
(interchange "interchange" . (ident) @type)
(search "search" . (ident) @type)
(calibrate "calibrate" . (ident) @type)
(challenge "challenge" . (ident) @type)
(node "node" . (ident) @constructor)
(component [ "component" "site" ] . (ident) @constructor)
(piece_family "family" . (ident) @function)

; Literals and comments.

(string) @string
[ (int) (real) ] @number
[
  "true" "false"
] @constant.builtin

(line_comment) @comment
[ (file_doc) (item_doc) ] @comment.documentation

; Words. Those that are names elsewhere are captured only where they are words of the language.

[
  "use" "model" "map" "data" "table" "feature" "behaviour" "constant" "hypothesis" "interchange"
  "search" "calibrate" "challenge" "expect"
] @keyword

[
  "if" "then" "else"
] @keyword.conditional

[
  "and" "or" "not"
] @keyword.operator

[
  "align" "anomalous" "any" "as" "at" "baseline" "budget" "by" "component" "computes" "dim"
  "distinguishes" "draw" "draws" "drop" "edit" "estimate" "exact" "except" "explains" "family"
  "fill" "fools" "for" "from" "generate" "in" "input" "let" "match" "maximise" "mean" "node"
  "of" "on" "output" "over" "override" "paired" "per" "pool" "port" "precision" "predicts"
  "rank" "refines" "rest" "row" "scores" "seed" "self" "site" "success" "swap" "trusted"
  "unclaimed" "via" "vocabulary" "where" "with" "zero"
] @keyword

; Signs.

[ "->" "~>" "+" "-" "*" "/" "%" "<" "<=" ">" ">=" "==" "!=" "=" "|" ".." ] @operator
[ "(" ")" "[" "]" "{" "}" ] @punctuation.bracket
[ "," ":" "." ] @punctuation.delimiter
