"""What claims.py checks: for each model its features, true claims, claims that survive a redundant
mechanism, and wrong claims. A wrong claim is a true one with lines exchanged."""

import numpy as np


def shift(tokens, by):
    """tokens[i - by], and 0 where that is outside."""
    result = np.zeros_like(tokens)
    if by > 0:
        result[:, by:] = tokens[:, :-by]
    else:
        result[:, :by] = tokens[:, -by:]
    return result


def number(tokens, word):
    return (tokens == word).sum(axis=1)


TOKEN = ("tokens", lambda t, y: t)
PREVIOUS = ("shift(tokens, 1, WORD_0)", lambda t, y: shift(t, 1))
FOLLOWING = ("shift(tokens, -1, WORD_0)", lambda t, y: shift(t, -1))
LABEL = ("label", lambda t, y: y)

COUNT = {
    "features": {
        "difference": ('count(tokens == "A") - count(tokens == "B")', lambda t, y: number(t, 1) - number(t, 2)),
        "equal": ('count(tokens == "A") == count(tokens == "B")', lambda t, y: number(t, 1) == number(t, 2)),
        "count_a": ('count(tokens == "A")', lambda t, y: number(t, 1)),
        "count_b": ('count(tokens == "B")', lambda t, y: number(t, 2)),
        "count_c": ('count(tokens == "C")', lambda t, y: number(t, 3)),
        "more_a": ('count(tokens == "A") > count(tokens == "B")', lambda t, y: number(t, 1) > number(t, 2)),
        "starts_a": ('tokens[1] == "A"', lambda t, y: t[:, 1] == 1),
        "token": TOKEN,
        "is_a": ('tokens == "A"', lambda t, y: t == 1),
        "is_b": ('tokens == "B"', lambda t, y: t == 2),
    },
    "true": {
        "gate alone": "gate = mlp(0) computes equal\ngate -> logits",
        "count": """
            counts = head(0, 0) computes difference
            gate = mlp(0) computes equal
            counts -> gate
            gate -> logits""",
        "count, as much as the gate needs": """
            counts = head(0, 0) computes equal
            gate = mlp(0) computes equal
            counts -> gate
            gate -> logits""",
        "to the letters": """
            letter = embed computes token
            counts = head(0, 0) computes difference
            gate = mlp(0) computes equal
            letter -> counts.v
            counts -> gate
            gate -> logits""",
    },
    "wrong": {
        "the gate knows the first letter": ("gate alone", {"computes equal": "computes starts_a"}),
        "the gate knows which are more": ("gate alone", {"computes equal": "computes more_a"}),
        "dropped: counts -> gate": ("count", {"counts -> gate": "letter = embed computes token\nletter -> gate"}),
        "dropped: gate -> logits": ("count", {"gate -> logits": "counts -> logits", "counts -> gate": ""}),
        "wrong head": ("count", {"head(0, 0)": "head(0, 1)"}),
        "A alone": ("count", {"computes difference": "computes count_a"}),
        "B alone": ("count", {"computes difference": "computes count_b"}),
        "C alone": ("count", {"computes difference": "computes count_c"}),
        "which are more": ("count", {"computes difference": "computes more_a"}),
        "the first letter": ("count", {"computes difference": "computes starts_a"}),
        "swapped roles": (
            "count",
            {
                "head(0, 0) computes difference": "head(0, 0) computes starts_a",
                "gate -> logits": "gate -> logits\nother = head(0, 1) computes difference\nother -> gate",
            },
        ),
        "letters of the first half": ("to the letters", {"embed computes": "embed[pos: 0..6] computes"}),
        "A or not": ("to the letters", {"computes token": "computes is_a"}),
        "B or not": ("to the letters", {"computes token": "computes is_b"}),
        "wrong port": ("to the letters", {"counts.v": "counts.k"}),
    },
}

REPEAT = {
    "features": {
        "token": TOKEN,
        "previous": PREVIOUS,
        "following": FOLLOWING,
        "same": (
            "tokens == shift(tokens, 1, WORD_0) and position(pos) > 0",
            lambda t, y: y,
        ),
        "same_next": (
            "tokens == shift(tokens, -1, WORD_0) and position(pos) > 0",
            lambda t, y: (t == shift(t, -1)) & (np.arange(10) > 0),
        ),
        "any_same": ("any(same)", lambda t, y: y.any(axis=1)),
        "count_same": ("count(same)", lambda t, y: y.sum(axis=1)),
        "is_a": ('tokens == "a"', lambda t, y: t == 1),
        "previous_is_a": ('shift(tokens, 1, WORD_0) == "a"', lambda t, y: shift(t, 1) == 1),
    },
    "true": {
        "gate alone": "gate = mlp(0) computes same\ngate -> logits",
        "compare": """
            now = embed computes token
            before = head(0, 0) computes previous
            gate = mlp(0) computes same
            now -> gate
            before -> gate
            gate -> logits""",
        "to the letters": """
            letter = embed computes token
            now = embed computes token
            before = head(0, 0) computes previous
            gate = mlp(0) computes same
            letter -> before.v
            now -> gate
            before -> gate
            gate -> logits""",
    },
    "wrong": {
        "the gate knows the token": ("gate alone", {"computes same": "computes token"}),
        "the gate knows the next repeat": ("gate alone", {"computes same": "computes same_next"}),
        "the gate knows whether any repeats": ("gate alone", {"computes same": "computes any_same"}),
        "the gate knows how many repeat": ("gate alone", {"computes same": "computes count_same"}),
        "dropped: now -> gate": ("compare", {"now -> gate": ""}),
        "dropped: before -> gate": ("compare", {"before -> gate": ""}),
        "dropped: the gate": ("compare", {"gate -> logits": "", "now -> gate": "now -> logits", "before -> gate": "before -> logits"}),
        "wrong head": ("compare", {"head(0, 0)": "head(0, 1)"}),
        "the following token": ("compare", {"computes previous": "computes following"}),
        "swapped roles": ("compare", {"computes previous": "computes token", "computes token": "computes previous"}),
        "a or not, now": ("compare", {"computes token": "computes is_a"}),
        "a or not, before": ("compare", {"computes previous": "computes previous_is_a"}),
        "wrong port": ("to the letters", {"before.v": "before.k"}),
        "letters of the first half": ("to the letters", {"letter = embed computes": "letter = embed[pos: 0..5] computes"}),
    },
}

INDUCTION = {
    "features": {
        "answer": ("tokens[place + 1]", lambda t, y: y),
        "token": TOKEN,
        "previous": PREVIOUS,
        "before_previous": ("shift(tokens, 2, WORD_0)", lambda t, y: shift(t, 2)),
        "last": ("tokens[15]", lambda t, y: t[:, 15]),
        "place": ("min(if tokens == tokens[15] then position(pos) else 15)", lambda t, y: (t == t[:, 15:]).argmax(axis=1)),
        "first": ("tokens[1]", lambda t, y: t[:, 1]),
        "answer_early": ("int(answer) <= 6", lambda t, y: y <= 6),
        "early": ("int(tokens) <= 6", lambda t, y: t <= 6),
    },
    "true": {
        "answer": "ind = head(1, 0) computes answer\nind -> logits",
        "induction": """
            before = head(0, 0) computes previous
            now = embed[pos: 15] computes last
            copy = embed computes token
            ind = head(1, 0) computes answer
            before -> ind.k
            now -> ind.q
            copy -> ind.v
            ind -> logits""",
        "to the letters": """
            letter = embed computes token
            before = head(0, 0) computes previous
            now = embed[pos: 15] computes last
            copy = embed computes token
            ind = head(1, 0) computes answer
            letter -> before.v
            before -> ind.k
            now -> ind.q
            copy -> ind.v
            ind -> logits""",
    },
    "wrong": {
        "knows the last token": ("answer", {"computes answer": "computes last"}),
        "knows the place": ("answer", {"computes answer": "computes place"}),
        "knows half of the answer": ("answer", {"computes answer": "computes answer_early"}),
        "wrong head": ("answer", {"head(1, 0)": "head(1, 1)"}),
        "dropped: before -> ind.k": ("induction", {"before -> ind.k": ""}),
        "dropped: now -> ind.q": ("induction", {"now -> ind.q": ""}),
        "dropped: copy -> ind.v": ("induction", {"copy -> ind.v": ""}),
        "wrong previous-token head": ("induction", {"head(0, 0)": "head(0, 1)"}),
        "keys of the same token": ("induction", {"computes previous": "computes token"}),
        "keys of two before": ("induction", {"computes previous": "computes before_previous"}),
        "query of the first token": ("induction", {"computes last": "computes first"}),
        "swapped ports": ("induction", {"before -> ind.k": "before -> ind.v", "copy -> ind.v": "copy -> ind.k"}),
        "too weak a copy": ("induction", {"copy = embed computes token": "copy = embed computes early"}),
        "k and v agree in the answer alone": (
            "induction",
            {"computes previous": "computes answer", "copy = embed computes token": "copy = embed computes answer"},
        ),
        "wrong port of the previous-token head": ("to the letters", {"before.v": "before.q"}),
    },
}


def falls(tokens):
    return (tokens < shift(tokens, 1)) & (np.arange(8) > 0)


def own_previous(tokens):
    """The previous token; at place 0 the token itself."""
    return np.concatenate([tokens[:, :1], tokens[:, :-1]], axis=1)


SORTED = {
    "features": {
        "sorted": ("not any(falls)", lambda t, y: y),
        "falls": ("position(pos) > 0 and int(tokens) < int(shift(tokens, 1, WORD_0))", lambda t, y: falls(t)),
        "number_of_falls": ("count(falls)", lambda t, y: falls(t).sum(axis=1)),
        "odd_falls": ("count(falls) % 2 == 1", lambda t, y: falls(t).sum(axis=1) % 2),
        "early_fall": ("any(falls and position(pos) < 4)", lambda t, y: falls(t)[:, :4].any(axis=1)),
        "two_falls": ("count(falls) >= 2", lambda t, y: falls(t).sum(axis=1) >= 2),
        "token": TOKEN,
        "previous": ("if position(pos) == 0 then tokens else shift(tokens, 1, WORD_0)", lambda t, y: own_previous(t)),
        "following": FOLLOWING,
        "previous_high": ("int(previous) >= 4", lambda t, y: own_previous(t) >= 4),
        "first": ("tokens[0]", lambda t, y: t[:, 0]),
        "last": ("tokens[7]", lambda t, y: t[:, 7]),
        "ends_in_order": ("int(tokens[0]) <= int(tokens[7])", lambda t, y: t[:, 0] <= t[:, 7]),
    },
    "true": {
        "test alone": "test = mlp(1) computes sorted\ntest -> logits",
        "count falls": """
            total = head(1, 0) computes number_of_falls
            test = mlp(1) computes sorted
            total -> test
            test -> logits""",
        "find falls": """
            step = mlp(0) computes falls
            total = head(1, 0) computes number_of_falls
            test = mlp(1) computes sorted
            step -> total.v
            total -> test
            test -> logits""",
        "compare": """
            now = embed computes token
            before = head(0, 0) computes previous
            step = mlp(0) computes falls
            total = head(1, 0) computes sorted
            test = mlp(1) computes sorted
            now -> step
            before -> step
            step -> total.v
            total -> test
            test -> logits""",
    },
    "wrong": {
        "the test compares the ends": ("test alone", {"computes sorted": "computes ends_in_order"}),
        "the test allows one fall": ("test alone", {"computes sorted": "computes two_falls"}),
        "the test knows the last digit": ("test alone", {"computes sorted": "computes last"}),
        "wrong counting head": ("count falls", {"head(1, 0)": "head(1, 1)"}),
        "odd falls": ("count falls", {"computes number_of_falls": "computes odd_falls"}),
        "falls of the first half": ("count falls", {"computes number_of_falls": "computes early_fall"}),
        "dropped: step -> total": ("find falls", {"step -> total.v": "now = embed computes token\nnow -> total.v"}),
        "wrong port": ("find falls", {"total.v": "total.k"}),
        "steps of the first half": ("find falls", {"mlp(0) computes": "mlp(0)[pos: 0..4] computes"}),
        "the step knows the digit": ("find falls", {"computes falls": "computes token"}),
        "dropped: now -> step": ("compare", {"now -> step": ""}),
        "dropped: before -> step": ("compare", {"before -> step": ""}),
        "wrong comparing head": ("compare", {"head(0, 0)": "head(0, 1)"}),
        "swapped roles": ("compare", {"computes token": "computes previous", "computes previous": "computes token"}),
        "too weak a digit": ("compare", {"computes previous": "computes previous_high"}),
        "the following digit": ("compare", {"computes previous": "computes following"}),
    },
}

REVERSE = {
    "features": {
        "mirrored": LABEL,
        "token": TOKEN,
        "mirrored_next": ("shift(label, 1, 0)", lambda t, y: shift(y, 1)),
        "mirrored_early": ("int(label) <= 2", lambda t, y: y <= 2),
        "number_of_a": ('count(tokens == "a")', lambda t, y: number(t, 1)),
        "early": ("int(tokens) <= 2", lambda t, y: t <= 2),
    },
    "true": {
        "heads": """
            left = head(0, 0) computes mirrored
            right = head(0, 1) computes mirrored
            left -> logits
            right -> logits""",
        "heads, each at its places": """
            left = head(0, 0)[pos: 1..5] computes mirrored
            right = head(0, 1)[pos: 5..9] computes mirrored
            left -> logits
            right -> logits""",
        "to the letters": """
            for_left = embed[pos: 5..9] computes token
            for_right = embed[pos: 1..5] computes token
            left = head(0, 0) computes mirrored
            right = head(0, 1) computes mirrored
            for_left -> left.v
            for_right -> right.v
            left -> logits
            right -> logits""",
    },
    "wrong": {
        "dropped: left": ("heads", {"left -> logits": ""}),
        "dropped: right": ("heads", {"right -> logits": ""}),
        "swapped places": ("heads, each at its places", {"1..5": "5..9", "5..9": "1..5"}),
        "wrong head": ("heads", {"head(0, 1)": "head(0, 2)"}),
        "not turned round": ("heads", {"computes mirrored": "computes token"}),
        "one place off": ("heads", {"computes mirrored": "computes mirrored_next"}),
        "too weak a letter": ("heads", {"computes mirrored": "computes mirrored_early"}),
        "only how many": ("heads", {"computes mirrored": "computes number_of_a"}),
        "left knows nothing of place 4": ("heads, each at its places", {"1..5": "1..4"}),
        "copied from the embedding": ("heads", {"left = head(0, 0) computes mirrored": "left = embed computes token"}),
        "wrong port": ("to the letters", {"left.v": "left.k"}),
        "swapped letters": ("to the letters", {"for_left -> left": "for_right -> left", "for_right -> right": "for_left -> right"}),
        "too weak letters": ("to the letters", {"computes token": "computes early"}),
        "dropped: for_right -> right": ("to the letters", {"for_right -> right.v": "for_left -> right.v"}),
    },
}

BOTH = {
    "features": {
        "first_x": ('tokens[1] == "x"', lambda t, y: t[:, 1] == 1),
        "any_y": ('any(tokens == "y")', lambda t, y: number(t, 2) > 0),
        "both": ('tokens[1] == "x" and any(tokens == "y")', lambda t, y: y),
        "last_x": ('tokens[7] == "x"', lambda t, y: t[:, 7] == 1),
        "any_x": ('any(tokens == "x")', lambda t, y: number(t, 1) > 0),
        "second_y": ('tokens[2] == "y"', lambda t, y: t[:, 2] == 2),
        "token": TOKEN,
        "is_x": ('tokens == "x"', lambda t, y: t == 1),
    },
    "true": {
        "gate alone": "gate = mlp(0) computes both\ngate -> logits",
        "and": """
            first = head(0, 0) computes first_x
            some = head(0, 1) computes any_y
            gate = mlp(0) computes both
            first -> gate
            some -> gate
            gate -> logits""",
        "to the letters": """
            one = embed[pos: 1] computes first_x
            letters = embed computes token
            first = head(0, 0) computes first_x
            some = head(0, 1) computes any_y
            gate = mlp(0) computes both
            one -> first.v
            letters -> some.{k, v}
            first -> gate
            some -> gate
            gate -> logits""",
    },
    "wrong": {
        "the gate knows the first token": ("gate alone", {"computes both": "computes first_x"}),
        "the gate knows y": ("gate alone", {"computes both": "computes any_y"}),
        "dropped: first -> gate": ("and", {"first -> gate": ""}),
        "dropped: some -> gate": ("and", {"some -> gate": ""}),
        "swapped roles": ("and", {"computes first_x": "computes any_y", "computes any_y": "computes first_x"}),
        "wrong head": ("and", {"head(0, 0)": "head(0, 2)"}),
        "the last token": ("and", {"computes first_x": "computes last_x"}),
        "any x": ("and", {"computes any_y": "computes any_x"}),
        "both heads compute the answer": ("and", {"computes first_x": "computes both", "computes any_y": "computes both"}),
        "one head computes the answer": ("and", {"computes any_y": "computes both"}),
        "too weak a y": ("and", {"computes any_y": "computes second_y"}),
        "wrong place": ("to the letters", {"[pos: 1]": "[pos: 2]"}),
        "keys alone": ("to the letters", {"some.{k, v}": "some.k"}),
        "keys and values drawn apart": (
            "to the letters",
            {
                "letters = embed computes token": "keys = embed computes any_y\nvalues = embed computes any_y",
                "letters -> some.{k, v}": "keys -> some.k\nvalues -> some.v",
            },
        ),
        "x or not": ("to the letters", {"letters = embed computes token": "letters = embed computes is_x"}),
    },
}


def voting(heads):
    """`redundant` (two voters) and `majority` (three): the head after the voters is about x."""
    names = ["one", "two", "three"][:heads]
    nodes = "".join(f"{name} = head(0, {i}) computes any_y\n" for i, name in enumerate(names))
    arrows = "".join(f"{name} -> gate\n" for name in names)
    letters = "".join(f"letters_{name} = embed computes token\nletters_{name} -> {name}.{{k, v}}\n" for name in names)
    gate = "gate = mlp(0) computes any_y\ngate -> logits\n"
    every = {f"{name} -> gate": "" for name in names}
    other = "other = head(0, {}) computes first_x\nother -> gate"
    swap = "head(0, {}) computes any_y"
    return {
        "features": {
            "any_y": ('any(tokens == "y")', lambda t, y: y),
            "many_y": ('count(tokens == "y") >= 2', lambda t, y: number(t, 2) >= 2),
            "odd_y": ('count(tokens == "y") % 2 == 1', lambda t, y: number(t, 2) % 2),
            "any_x": ('any(tokens == "x")', lambda t, y: number(t, 1) > 0),
            "first_x": ('tokens[1] == "x"', lambda t, y: t[:, 1] == 1),
            "first_y": ('tokens[1] == "y"', lambda t, y: t[:, 1] == 2),
            "token": TOKEN,
            "is_x": ('tokens == "x"', lambda t, y: t == 1),
        },
        "true": {
            "gate alone": gate,
            "votes": nodes + arrows + gate,
            "to the letters": nodes + letters + arrows + gate,
        },
        "survives": {f"dropped: {name}": ("votes", {f"{name} -> gate": ""}) for name in names}
        | {f"dropped: {name}, unclaimed zero": ("votes", {f"{name} -> gate": "unclaimed zero"}) for name in names[:1]},
        "wrong": {
            "dropped: all": ("votes", every | {f"{names[0]} -> gate": other.format(heads)}),
            "dropped: all, unclaimed zero": (
                "votes",
                every | {f"{names[0]} -> gate": other.format(heads) + "\nunclaimed zero"},
            ),
            "all know x": ("votes", {"computes any_y\n": "computes any_x\n"}),
            "all know the first token": ("votes", {"computes any_y\n": "computes first_y\n"}),
            "all know whether y is odd": ("votes", {"computes any_y\n": "computes odd_y\n"}),
            "all know whether there are many": ("votes", {"computes any_y\n": "computes many_y\n"}),
            "all but the last dropped, the last knows x": (
                "votes",
                {f"{name} -> gate": "" for name in names[:-1]} | {swap.format(heads - 1): f"head(0, {heads - 1}) computes any_x"},
            ),
            "the gate knows x": ("gate alone", {"computes any_y": "computes first_x"}),
            "the gate knows the first token": ("gate alone", {"computes any_y": "computes first_y"}),
            "dropped: the gate": ("votes", {"gate -> logits": "", "-> gate": "-> logits"}),
            "wrong heads": (
                "votes",
                every | {swap.format(0): f"head(0, {heads}) computes any_y", f"{names[0]} -> gate": f"{names[0]} -> gate"},
            ),
            "keys alone": ("to the letters", {"{k, v}": "k"}),
            "x or not": ("to the letters", {"computes token": "computes is_x"}),
        }
        | ({"dropped: two": ("votes", {"one -> gate": "", "two -> gate": ""})} if heads == 3 else {}),
    }


LARGEST = {
    "features": {
        "largest": ("max(int(tokens))", lambda t, y: y),
        "smallest": ("min(if position(pos) > 0 then int(tokens) else 9)", lambda t, y: t[:, 1:].min(axis=1)),
        "first": ("tokens[1]", lambda t, y: t[:, 1]),
        "high": ("max(int(tokens)) >= 5", lambda t, y: y >= 5),
        "total": ("sum(int(tokens)) % 10", lambda t, y: t.sum(axis=1) % 10),
        "largest_early": ("max(if position(pos) < 4 then int(tokens) else 0)", lambda t, y: t[:, :4].max(axis=1)),
        "place": ("argmax(int(tokens))", lambda t, y: t.argmax(axis=1)),
        "token": TOKEN,
        "odd": ("int(tokens) % 2", lambda t, y: t % 2),
    },
    "true": {
        "largest": "top = head(0, 0) computes largest\ntop -> logits",
        "one draw for keys and values": """
            digits = embed computes largest
            top = head(0, 0) computes largest
            digits -> top.{k, v}
            top -> logits""",
        "to the digits": """
            digits = embed computes token
            top = head(0, 0) computes largest
            digits -> top.{k, v}
            top -> logits""",
    },
    "wrong": {
        "the smallest": ("largest", {"computes largest": "computes smallest"}),
        "the first": ("largest", {"computes largest": "computes first"}),
        "high or low": ("largest", {"computes largest": "computes high"}),
        "the last digit of the sum": ("largest", {"computes largest": "computes total"}),
        "the first half": ("largest", {"computes largest": "computes largest_early"}),
        "the place": ("largest", {"computes largest": "computes place"}),
        "wrong head": ("largest", {"head(0, 0)": "head(0, 1)"}),
        "dropped: keys": ("to the digits", {"top.{k, v}": "top.v"}),
        "dropped: values": ("to the digits", {"top.{k, v}": "top.k"}),
        "wrong port": ("to the digits", {"top.{k, v}": "top.q"}),
        "keys and values drawn apart": (
            "one draw for keys and values",
            {
                "digits = embed computes largest": "keys = embed computes largest\nvalues = embed computes largest",
                "digits -> top.{k, v}": "keys -> top.k\nvalues -> top.v",
            },
        ),
        "odd or even": ("to the digits", {"computes token": "computes odd"}),
        "digits of the first half": ("to the digits", {"embed computes": "embed[pos: 0..4] computes"}),
        "copied from the embedding": ("largest", {"head(0, 0)": "embed"}),
    },
}

MODELS = {
    "count": COUNT,
    "repeat": REPEAT,
    "induction": INDUCTION,
    "sorted": SORTED,
    "reverse": REVERSE,
    "both": BOTH,
    "redundant": voting(2),
    "majority": voting(3),
    "largest": LARGEST,
}


def claims(model):
    """{"true": [(title, text)], "survives": ..., "wrong": ...} of a model."""
    entry = MODELS[model]
    found = {"true": list(entry["true"].items())}
    for kind in ("survives", "wrong"):
        found[kind] = [
            (title, exchanged(entry["true"][base], changes)) for title, (base, changes) in entry.get(kind, {}).items()
        ]
    return found


def exchanged(text, changes):
    """All replacements at once, so that two can change places; each must be found. A node that no arrow
    names any more goes."""
    marks = {}
    for index, (old, new) in enumerate(sorted(changes.items(), key=lambda change: -len(change[0]))):
        assert old in text, (old, text)
        marks[f"<{index}>"] = new
        text = text.replace(old, f"<{index}>")
    for mark, new in marks.items():
        text = text.replace(mark, new)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    arrows = [line for line in lines if "->" in line]
    named = {end.split(".")[0] for line in arrows for end in line.split(" -> ")}
    return "\n".join(line for line in lines if " = " not in line or line.split(" = ")[0] in named)
