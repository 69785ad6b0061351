"""The codec and the judgement that the protocol tests rely on, tried on values whose bytes and verdicts are known."""

import unittest
from decimal import Decimal

import cty
import objchange
from cty import UNKNOWN, Attribute, Block, Dynamic


class Codec(unittest.TestCase):
    def test_bytes_seen_from_terraform(self):
        for type_, value, data in (
            ("string", None, "c0"),
            ("string", UNKNOWN, "d40000"),
            ("bool", True, "c3"),
            ("number", 5, "05"),
            ("number", Decimal("1.5"), "cb3ff8000000000000"),
            ("number", Decimal("0.1"), "a3302e31"),
            ("number", 12345678901234567890, "b43132333435363738393031323334353637383930"),
            (["set", "string"], ["b", "a"], "92a161a162"),
            (["object", {"b": "bool", "a": "string"}], {"a": None, "b": False}, "82a161c0a162c2"),
            ("dynamic", Dynamic(["list", "string"], ["x"]), "92c4115b226c697374222c22737472696e67225d91a178"),
        ):
            with self.subTest(value=value):
                self.assertEqual(cty.encode(type_, value).hex(), data)
                back = cty.decode(type_, bytes.fromhex(data))
                self.assertEqual(back, sorted(value) if type_ == ["set", "string"] else value)

    def test_refined_unknowns_are_unknown(self):
        self.assertIs(cty.decode("string", bytes.fromhex("c7090c8201c202a47072652d")), UNKNOWN)

    def test_what_is_no_value_is_refused(self):
        for type_, data in (
            ("string", "05"),
            ("string", "a161a1"),
            ("bool", "c4"),
            ("number", "c3"),
            (["object", {"a": "string", "b": "string"}], "81a161c0"),
            (["object", {"a": "string"}], "82a161c0a162c0"),
            (["set", "string"], "92a161a161"),
            ("dynamic", "92a8" + b'"string"'.hex() + "a178"),
        ):
            with self.subTest(data=data), self.assertRaises(cty.WireError):
                cty.decode(type_, bytes.fromhex(data))


def attribute(type_="string", *flags, nested=None):
    return Attribute(type_, "required" in flags, "optional" in flags, "computed" in flags, "write_only" in flags, nested)


INNER = {"cidr": attribute("string", "optional"), "id": attribute("string", "computed")}
BLOCK = Block(
    {
        "name": attribute("string", "required"),
        "size": attribute("number", "optional", "computed"),
        "digest": attribute("string", "computed"),
        "parts": attribute(["map", ["object", {"cidr": "string", "id": "string"}]], "optional", nested=("map", INNER)),
    },
    {"extra": ("list", Block({"port": attribute("string", "required")}, {}))},
)
CONFIG = BLOCK.empty() | {"name": "n", "parts": {"a": {"cidr": "10", "id": None}}, "extra": [{"port": "1"}]}


class Judgement(unittest.TestCase):
    def judge(self, **changes):
        planned = objchange.proposed_new(BLOCK, None, CONFIG) | changes
        return objchange.plan_valid(BLOCK, None, CONFIG, planned)

    def test_valid_plans(self):
        self.assertEqual(self.judge(), [])
        self.assertEqual(self.judge(digest=UNKNOWN, size=5), [])
        self.assertEqual(self.judge(parts={"a": {"cidr": "10", "id": UNKNOWN}}), [])
        prior = CONFIG | {"name": "N", "digest": "d"}
        self.assertEqual(objchange.plan_valid(BLOCK, prior, CONFIG, CONFIG | {"name": "N"}), [])
        self.assertEqual(objchange.proposed_new(BLOCK, prior, CONFIG)["digest"], "d")

    def test_invalid_plans(self):
        for changes in (
            {"name": "other"},
            {"name": UNKNOWN},
            {"extra": []},
            {"extra": None},
            {"extra": [{"port": "2"}]},
            {"parts": {}},
            {"parts": None},
            {"parts": UNKNOWN},
            {"parts": {"a": {"cidr": "11", "id": None}}},
        ):
            with self.subTest(changes=changes):
                self.assertEqual(len(self.judge(**changes)), 1)
        self.assertEqual(len(objchange.plan_valid(BLOCK, None, None, CONFIG)), 1)
        self.assertEqual(len(objchange.plan_valid(BLOCK, None, CONFIG, None)), 1)

    def test_results(self):
        planned = CONFIG | {"digest": UNKNOWN, "parts": {"a": {"cidr": "10", "id": UNKNOWN}}}
        good = CONFIG | {"digest": "d", "parts": {"a": {"cidr": "10", "id": "x"}}}
        self.assertEqual(objchange.result_valid(BLOCK, planned, good), [])
        for changes in (
            {"name": "m"},
            {"size": 1},
            {"digest": UNKNOWN},
            {"parts": {}},
            {"parts": {"a": {"cidr": None, "id": "x"}}},
            {"extra": []},
        ):
            with self.subTest(changes=changes):
                self.assertEqual(len(objchange.result_valid(BLOCK, planned, good | changes)), 1)
        strings = ["set", "string"]
        self.assertEqual(objchange.compatible(strings, ["a", UNKNOWN], ["a", "b"]), [])
        self.assertEqual(len(objchange.compatible(strings, ["a"], ["a", "b"])), 1)
        self.assertEqual(len(objchange.compatible(strings, ["a", "b"], ["a", "c"])), 1)


if __name__ == "__main__":
    unittest.main()
