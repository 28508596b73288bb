"""Documents that repeat the spec must say the same."""

import re
import tomllib
import unittest

from repository import ROOT

LIMIT = re.compile(r"_(max|min|ms|count|bytes)$|^backlog$")
ROW = re.compile(r"^\| `(\w+)` \| (\d+) \|", re.MULTILINE)


class Limits(unittest.TestCase):
    def test_security_lists_every_limit_with_its_default(self) -> None:
        spec = tomllib.loads((ROOT / "capi/spec/app.toml").read_text())
        config = next(s for s in spec["struct"] if s["name"] == "trivet_app_config")
        expected = {f["name"]: f["default"] for f in config["fields"] if LIMIT.search(f["name"])}
        text = (ROOT / "docs/SECURITY.md").read_text()
        table = text.partition("| Limit | Default | Beyond it |")[2].partition("\n\n")[0]
        rows = ROW.findall(table)
        self.assertGreater(len(expected), 5)
        self.assertEqual({name: int(default) for name, default in rows}, expected)


if __name__ == "__main__":
    unittest.main()
