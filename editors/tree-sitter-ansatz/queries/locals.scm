; Declarations and uses. What a file declares can be used everywhere in it; nodes only in their block.

(file) @local.scope
[ (hypothesis) (interchange) (item_family) (family) (variant_block) (model) (map) (generated) ] @local.scope

(model "model" . (ident) @local.definition)
(map "map" . (ident) @local.definition)
(data "data" . (ident) @local.definition)
(generated "data" . (ident) @local.definition)
(table "table" . (ident) @local.definition)
(constant "constant" . (ident) @local.definition)
(feature "feature" . (ident) @local.definition)
(behaviour "behaviour" . (ident) @local.definition)
(hypothesis "hypothesis" . (ident) @local.definition)
(interchange "interchange" . (ident) @local.definition)
(search "search" . (ident) @local.definition)
(challenge "challenge" . (ident) @local.definition)
(node "node" . (ident) @local.definition)
(component [ "component" "site" ] . (ident) @local.definition)
(parameter . (ident) @local.definition)
(map_parameter . (ident) @local.definition)
(piece_family "family" . (ident) @local.definition)
(dim "dim" . (ident) @local.definition)
(input "input" . (ident) @local.definition)
(output "output" . (ident) @local.definition)
(column . (ident) @local.definition)
(made_column . (ident) @local.definition)

(reference . (ident) @local.reference)
(region . (ident) @local.reference)
(arrow_source . (ident) @local.reference)
(arrow_target . (ident) @local.reference)
(family_use . (ident) @local.reference)
