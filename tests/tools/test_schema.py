"""The published JSON Schema of the port matrix, held against the table by a validator that others wrote."""

import copy
import json
import os
import unittest

import jsonschema

MATRIX = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "src", "matrix")


def load(name):
    with open(os.path.join(MATRIX, name), encoding="utf-8") as file:
        return json.load(file)


class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.table = load("emc_6_6.json")
        schema = load("schema.json")
        cls.validator = jsonschema.validators.validator_for(schema)(schema)
        cls.validator.check_schema(schema)

    def test_the_table_follows_its_schema(self):
        self.assertEqual([error.message for error in self.validator.iter_errors(self.table)], [])

    def test_what_is_wrong_is_refused(self):
        def change(path, value):
            table = copy.deepcopy(self.table)
            place = table
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = value
            return table

        flow = ["flows", "aes.450"]
        for path, value in [
            ([*flow, "port"], 70000),
            ([*flow, "port"], "ten"),
            ([*flow, "transport"], "tls"),
            ([*flow, "colour"], "red"),
            (["doubts", "A7", "weight"], "maybe"),
            (["doubts", "A7", "settled_by"], ["luck"]),
            (["rows", 0, "source"], None),
            (["format"], 2),
        ]:
            with self.subTest(path=path, value=value):
                self.assertNotEqual(list(self.validator.iter_errors(change(path, value))), [])


if __name__ == "__main__":
    unittest.main()
