; Blocks, long lists, and what is written over several lines.

[
  (model) (map) (data) (generated) (hypothesis) (interchange) (search) (calibrate) (challenge) (expect)
  (item_family) (family) (variant_block) (port_block) (vocabulary) (token_set)
] @fold
