; For Neovim (`indent.begin`, `indent.branch`, `indent.end`) and Helix (`indent`, `outdent`), which pass
; over the names of the other.

[
  (model) (map) (data) (generated) (hypothesis) (interchange) (search) (calibrate) (challenge) (expect)
  (item_family) (family) (variant_block) (port_block) (vocabulary) (token_set)
  (arguments) (paren) (dims) (parameters) (map_parameters) (named_arguments) (piece_group) (edit_piece)
] @indent.begin @indent

[ "}" ")" "]" ] @indent.branch @indent.end @outdent
