"""The layer test, first on samples that must fail, then on this repository."""

import unittest

from layers import check_layers
from repository import texts

ALLOWED = {
    "core/base/log.cc": '#include "base/log.h"\n#include <unistd.h>\n',
    "core/io/uring.cc": '#include <liburing.h>\n#include "io/loop.h"\n#include "base/str.h"\n',
    "core/crypto/hash.cc": '#include "base/str.h"\n',
    "core/proto/http1/parser.h": '#include <llhttp.h>\n#include "base/str.h"\n',
    "core/http/connection.cc": '#include "proto/http1/parser.h"\n#include "io/loop.h"\n',
    "core/http/CMakeLists.txt": "trivet_module(http LINKS base io proto_url TEST_LINKS io)\n",
    "capi/src/app.cc": '#include "trivet.h"\n#include "app/app.h"\n',
    "langs/node/native/addon.cc": '#include "napi.h"\n#include "trivet.h"\n#include "request.h"\n',
    "tests/fuzz/url_fuzz.cc": '#include "proto/url/url.h"\n',
}
FORBIDDEN = {
    "upward": {"core/io/x.cc": '#include "http/connection.h"\n'},
    "sideways": {"core/route/x.cc": '#include "proto/url/url.h"\n'},
    "sideways within proto": {"core/proto/http1/x.cc": '#include "proto/url/url.h"\n'},
    "base of crypto": {"core/base/x.cc": '#include "crypto/hash.h"\n'},
    "unknown folder": {"core/util/x.cc": "int x;\n"},
    "unknown include": {"core/base/x.cc": '#include "util/x.h"\n'},
    "not relative to core": {"core/io/x.cc": '#include "loop.h"\n'},
    "hidden library": {"core/http/x.cc": "#include <llhttp.h>\n"},
    "kernel header": {"core/http/x.cc": "#include <linux/io_uring.h>\n"},
    "socket in a codec": {"core/proto/url/x.cc": "#include <sys/socket.h>\n"},
    "indented": {"core/io/x.cc": '#  include "app/app.h"\n'},
    "binding": {"langs/python/x.cc": '#include "base/str.h"\n'},
    "binding by path": {"langs/python/x.cc": '#include "../../core/base/str.h"\n'},
    "benchmark": {"bench/x.c": '#include "capi/src/app.h"\n'},
    "fuzz of the assembly": {"tests/fuzz/x.cc": '#include "app/worker.h"\n'},
    "link": {"core/io/CMakeLists.txt": "trivet_module(io LINKS base http)\n"},
    "sideways link": {"core/route/CMakeLists.txt": "trivet_module(route LINKS proto_url)\n"},
}


class Layers(unittest.TestCase):
    def test_accepts_downward_includes(self) -> None:
        self.assertEqual(check_layers(ALLOWED), [])

    def test_refuses_each_forbidden_include(self) -> None:
        for name, files in FORBIDDEN.items():
            with self.subTest(name):
                self.assertEqual(len(check_layers(files)), 1)

    def test_this_repository(self) -> None:
        self.assertEqual(check_layers(texts()), [])


if __name__ == "__main__":
    unittest.main()
