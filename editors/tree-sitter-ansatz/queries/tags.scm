; The declarations of a file.

(model "model" . (ident) @name) @definition.module
(map "map" . (ident) @name) @definition.module
(data "data" . (ident) @name) @definition.constant
(generated "data" . (ident) @name) @definition.constant
(table "table" . (ident) @name) @definition.constant
(constant "constant" . (ident) @name) @definition.constant
(feature "feature" . (ident) @name) @definition.function
(behaviour "behaviour" . (ident) @name) @definition.function
(hypothesis "hypothesis" . (ident) @name) @definition.class
(interchange "interchange" . (ident) @name) @definition.class
(search "search" . (ident) @name) @definition.class
(calibrate "calibrate" . (ident) @name) @definition.class
(challenge "challenge" . (ident) @name) @definition.class
(reference . (ident) @name) @reference.call
