//! Mistakes of grammar: source text and what is found in it, as `line:column code`.

/// What is found in each text: all of it, and nothing else.
pub const MISTAKES: &[(&str, &[&str])] = &[
    // The cases of the design notes: one edit to a correct file each.
    ("feature a : int = f(1, 2\nfeature b : int = 3", &["1:25 A0011"]),
    ("feature a : int = f(1, 2", &["1:25 A0011"]),
    ("featre a : int = 2\nfeature b : int = a", &["1:1 A0013"]),
    ("hypothesis h explains l {\n    nod a = heads(1, 0) computes f\n    a -> l\n}", &["2:5 A0013"]),
    ("hypothesis h explains l {\n    node a heads(1, 0) computes f\n    a -> l\n}", &["2:12 A0010"]),
    ("hypothesis h explains l\n    node a = heads(1, 0) computes f\n    a -> l\n}", &["1:24 A0010"]),
    ("hypothesis h explains l {\n    node a = heads(1, 0) computes f\n    a -> l\n\nfeature x = 1", &["3:11 A0011"]),
    ("hypotheis h explains l of m on d {\n    node a = heads(1, 0) computes f\n}\nfeature x = 2", &["1:1 A0013"]),
    ("model m = onnx(\"a.onnx) {\n    dim a\n}", &["1:16 A0020"]),
    // Words.
    ("behavior x = 3", &["1:1 A0013"]),
    ("x = 3", &["1:1 A0010"]),
    ("what is this\nand that?\nfeature x = 1", &["1:1 A0010"]),
    ("hypothesis h explain l of m on d {}", &["1:14 A0010"]),
    ("hypothesis h l of m on d {}", &["1:14 A0010"]),
    ("hypothesis h explains l off m on d {}", &["1:25 A0010"]),
    (
        "hypothesis h explains l {\n    node a = b compute f\n    node c = d f\n    node e = f\n    a -> l\n}",
        &["2:16 A0010", "3:16 A0010", "4:15 A0010"],
    ),
    (
        "hypothesis h explains l {\n    a = b computes f\n    unclaimed\n    a => b\n    unclaimd any\n    a - > b\n}",
        &["2:5 A0010", "3:14 A0010", "4:7 A0030", "5:5 A0013", "6:5 A0010"],
    ),
    (
        "feature a = if a then 2\nfeature b = if a 2 else 3\nfeature c = if a then 2 els 3\nfeature d = if a the 2 else 3",
        &["1:24 A0010", "2:18 A0010", "3:25 A0010", "4:18 A0010"],
    ),
    ("node a = b computes c\na -> b\ndim q\nfeature x = 1", &["1:1 A0014"]),
    (
        "model m = onnx(\"a\") {\n    node a = b computes c\n    dim q\n    port x = \"a\" : [b]\n}",
        &["2:5 A0014", "4:5 A0014"],
    ),
    (
        "data d = npz(\"a\") {\n    a -> b\n    input : real\n    model\n    x\n}",
        &["2:5 A0014", "3:5 A0015", "4:5 A0015"],
    ),
    ("feature if = 1\nfeature café = 2\nfeature any = 3", &["1:9 A0015", "2:9 A0016", "3:9 A0015"]),
    // Tokens that are absent.
    (
        "feature = 3\nfeature u : = 3\nfeature v 3\nfeature w =\nfeature x",
        &["1:9 A0010", "2:13 A0010", "3:11 A0010", "4:12 A0010", "5:10 A0010"],
    ),
    (
        "feature a = 1 +\nfeature b = * 2\nfeature c = 1 2\nfeature d = 1 + * 2\n    - 3\nfeature e = ()",
        &["1:16 A0010", "2:13 A0010", "3:15 A0010", "4:17 A0010", "6:14 A0010"],
    ),
    (
        "feature a = f(1 2)\nfeature b = (1, 2\nfeature c = x[1\nfeature d = f(1,)\nfeature e = f(g(1)",
        &["1:17 A0010", "2:18 A0011", "3:16 A0011", "4:17 A0010", "5:19 A0011"],
    ),
    (
        "feature a = f(x $ y, z)\nfeature b = x[1 $]\nfeature c = f(1))\nfeature d = f(1]",
        &["1:17 A0010", "2:17 A0010", "3:17 A0012", "4:16 A0011"],
    ),
    (
        "model {\n    dim\n    dim p 42\n    dim p = 4.5\n    dim p =\n    dim p : 4\n}",
        &["1:7 A0010", "2:8 A0010", "3:11 A0010", "4:13 A0010", "5:12 A0010", "6:11 A0010"],
    ),
    (
        "model m onnx(\"a\") {}\nmodel n = \"a\" {}\nmodel o = onnx(a) {}\nmodel p = npz(\"a\") {}\nmodel q = onnx(\"a\" {}",
        &["1:9 A0010", "2:11 A0010", "3:16 A0010", "4:11 A0010", "5:20 A0011"],
    ),
    (
        "model m = onnx(\"a\") {\n    input t token[batch]\n    input  : token[batch]\n    input input : token\n    inptu t : token[batch]\n    output o :\n}",
        &["2:13 A0010", "3:12 A0010", "4:11 A0015", "5:5 A0013", "6:15 A0010"],
    ),
    (
        "model m = onnx(\"a\") {\n    input t : token[a] vocabulary { \"a\", \"b\", \"c\" }\n    input u : token[a] vocabulary \"a\" }\n    input v : token[a b]\n    input w : token[a, 1.5]\n}",
        &["2:40 A0017", "3:35 A0010", "4:23 A0010", "5:24 A0010"],
    ),
    (
        "model m = onnx(\"a\") {\n    component a(l in 0..3 h in 0..2) = \"/x\" : [p]\n    component b(l in 0..3 = \"/x\" : [p]\n    component c = \"/x\" : [p] head = h\n    component d \"/x\" : [p]\n    component e = \"/x\" [p]\n    componnt f = \"/x\" : [p]\n    component g(l 0..3) = \"/x\" : [p]\n}",
        &["2:27 A0010", "3:27 A0011", "4:30 A0010", "5:17 A0010", "6:24 A0010", "7:5 A0013", "8:19 A0010"],
    ),
    (
        "model m = onnx(\"a\") {\n    component a = \"/x\" : [p] at head = h {\n        port q = \"/x\" : [p]\n        prt r = \"/x\" : [p]\n        port s : \"/x\" : [p]\n        port t = \"/x\" : p\n    component b = \"/x\" : [p]\n        port q = \"/x\" : [p]\n    }\n}",
        &["4:9 A0013", "5:16 A0010", "6:25 A0010", "6:26 A0011", "7:29 A0010"],
    ),
    (
        "model m = onnx(\"a\") {\n    component a(l in 0..=3) = \"/x\" : [p] at head == h, pos = 0...2\n}",
        &["2:23 A0010", "2:50 A0010", "2:63 A0010"],
    ),
    (
        "data d = npz(\"a\") {\n    tokens,\n    label : category;\n    3\n    x : int[pos\n}\ndata e = \"a.npz\" { a }\ndata f = onnx(\"b\") { a }",
        &["2:11 A0017", "3:21 A0017", "4:5 A0010", "5:16 A0011", "7:10 A0010", "8:10 A0010"],
    ),
    (
        "expect h {\n    recovered(loss >= 0.9\n    recovered loss) >= 0.9\n    recovered(loss) = 0.9\n    recovered(loss) >= 0.9 and a\n    recovered(loss) 0.9\n    recovered(loss) > 0\n    0.9 < recovered(loss)\n}\nexpect {}",
        &["2:20 A0011", "3:15 A0010", "4:21 A0030", "5:28 A0010", "6:21 A0010", "8:5 A0010", "10:8 A0010"],
    ),
    (
        "hypothesis h explains l {\n    node a = heads(1, 0)[1] computes f\n    a -> b -> c\n    a ->\n    a -> c\n}",
        &["2:26 A0010", "3:12 A0010", "4:9 A0010"],
    ),
    // Brackets and separators.
    ("feature a = 1 }\n}\nfeature b = 2)", &["1:15 A0012", "3:14 A0012"]),
    ("feature a = 1;\nfeature b = 2,\nfeature c = 3 ; feature d = 4", &["1:14 A0017", "2:14 A0017", "3:15 A0017"]),
    // Literals.
    (
        "feature a = \"\\q\\u{110000}\\u12\\n\"\nfeature b = \"x\n",
        &["1:14 A0021", "1:16 A0021", "1:26 A0021", "2:13 A0020"],
    ),
    (
        "feature a = 1e999\nfeature b = 9223372036854775808\nfeature c = 9223372036854775807\ndim x",
        &["1:13 A0024", "2:13 A0023", "4:1 A0014"],
    ),
    (
        "feature a = 1_000\nfeature b = .5\nfeature c = 5.\nfeature d = 0x1f\nfeature e = 1.2.3\nfeature f = 3px",
        &["1:13 A0022", "2:13 A0022", "3:13 A0022", "4:13 A0022", "5:13 A0022", "6:13 A0022"],
    ),
    // Operators.
    (
        "feature a = b = 3\nfeature c = a && b || !c\nfeature d = a => 3 and b ≥ 2 or a <> b",
        &["1:15 A0030", "2:15 A0030", "2:20 A0030", "2:23 A0030", "3:15 A0030", "3:26 A0030", "3:35 A0030"],
    ),
    ("feature a = a < b < c\nfeature b = a == b == c and d\nfeature c = (a < b) < c", &["1:19 A0031", "2:20 A0031"]),
    (
        "feature a = b + not c\nfeature d = b == not c\nfeature e = not b == c and not not d",
        &["1:17 A0032", "2:18 A0032"],
    ),
    (
        "# no comment\nfeature a = x[pos = 1]\nfeature b = “a”\nfeature c = 'a'",
        &["1:1 A0010", "2:19 A0010", "3:13 A0010", "4:13 A0010"],
    ),
    // Later versions.
    (
        "hypothesis h refines g {\n    a ~> b\n    a -> b.k\n    a -> b.{q, k}\n    a -> b where x == 3\n    a -> b except via c\n    node c = head(1, 0) + head(2, 0) computes f\n    node e = estimate(f(x)) of head(0, 0)[pos: 1]\n    draw c from d paired by id\n    override node x = y\n    drop a\n    for i in 0..8 {\n        node x = heads(i, 1) computes f\n    }\n}",
        &[
            "1:14 A0040",
            "2:7 A0040",
            "3:11 A0040",
            "4:11 A0040",
            "5:12 A0040",
            "6:12 A0040",
            "7:25 A0040",
            "8:14 A0040",
            "9:5 A0040",
            "10:5 A0040",
            "11:5 A0040",
            "12:5 A0040",
        ],
    ),
    (
        "use std.transformer\nuse \"../a.ansatz\"\ntable w = npz(\"w\") : real[a]\nfeature f = sum(w * open over key)\nexpect h with { swap a, b } {\n    recovered(l, baseline = x) < 1\n}\nmodel m = onnx(\"a\") as std.x.y\nbehaviour b : real[p] = f(x) where mask\nmodel n = onnx(\"a\") {\n    site x = \"a\" : [b]\n}\ninterchange {\n    a\n}",
        &[
            "1:1 A0040",
            "2:1 A0040",
            "3:1 A0040",
            "4:26 A0040",
            "5:10 A0040",
            "6:16 A0040",
            "8:21 A0040",
            "9:30 A0040",
            "11:5 A0040",
            "13:1 A0040",
        ],
    ),
    // Characters that cannot be seen.
    (
        "feature a = \u{202e}1 + \u{a0}2\nfeature b = \"\u{200b}\" // \u{200d}\n\u{0}",
        &["1:13 A0003", "1:18 A0003", "2:14 A0003", "3:1 A0003"],
    ),
    ("", &["1:1 A0006"]),
    ("// nothing\n", &["2:1 A0006"]),
];
