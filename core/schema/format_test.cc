#include "schema/format.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace trivet::schema {
namespace {

struct Case {
    const char* name;
    std::vector<std::string> good;
    std::vector<std::string> bad;
};

const Case kCases[] = {
    {"date-time",
     {"2026-11-29T19:14:00Z", "2026-11-29t19:14:00.123456z", "2024-02-29T00:00:00+14:00",
      "1998-12-31T23:59:60Z", "1998-12-31T15:59:60.1-08:00"},
     {"", "2026-11-29", "2026-11-29 19:14:00Z", "2026-11-29T19:14:00", "2026-02-29T00:00:00Z",
      "2026-11-29T24:00:00Z", "1998-12-31T23:58:60Z", "2026-11-29T19:14:00+24:00",
      "2026-11-29T19:14:00.Z", "2026-11-29T19:14Z"}},
    {"date",
     {"2026-11-29", "2000-02-29", "0000-01-01"},
     {"1900-02-29", "2026-13-01", "2026-00-01", "2026-11-31", "2026-11-00", "2026-1-01", "26-11-29",
      "2026/11/29", "2026-11-29 "}},
    {"time",
     {"19:14:00Z", "00:00:00.5+01:30", "23:59:60Z"},
     {"19:14:00", "25:00:00Z", "19:60:00Z", "19:14:61Z", "22:59:60Z", "19:14:00+0100", "9:14:00Z"}},
    {"uuid",
     {"2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2EB8AA08-AA98-11EA-B4AA-73B441D16380"},
     {"2eb8aa08aa9811eab4aa73b441d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1638",
      "2eb8aa08-aa98-11ea-b4aa-73b441d1638g", "2eb8aa08-aa98-11ea-b4aa073b441d16380"}},
    {"email",
     {"a@b", "joe.bloggs@example.com", "te~st+x@example.com", "\"joe bloggs\"@example.com",
      "joe@[127.0.0.1]", "joe@[IPv6:::1]", "\"a\\\"b\"@example.com"},
     {"", "a", "@b", "a@", ".a@b.c", "a.@b.c", "a..b@c.d", "a b@c.d", "a@b c", "a@-b.c",
      "joe@[127.0.0.300]", "\"a\"b\"@example.com", "\"a\n\"@example.com"}},
    {"uri",
     {"http://example.com", "https://user:pw@example.com:8080/a/b;c?d=e#f", "mailto:a@b.c",
      "urn:oasis:names", "http://[::1]:80/", "http://[v1.a]/", "file:///etc",
      "a:", "tel:+1-816-555-1212", "http://a.b/%C3%A9"},
     {"", "/relative", "//host/path", "http://example.com/a b", "http://a/%zz", ":a", "1a:b",
      "http://a:b/", "http://[::1/", "http://[x]/", "http://a/<>", "h\xc3\xa9:a", "bar,baz:a",
      "http://a/?[", "http://a#b#c", "http://a\\b"}},
    {"ipv4",
     {"127.0.0.1", "0.0.0.0", "255.255.255.255"},
     {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.", "a.b.c.d", "1..2.3", "1.2.3.4 ",
      "0001.2.3.4"}},
    {"ipv6",
     {"::", "::1", "1::", "1:2:3:4:5:6:7:8", "1::8", "::ffff:127.0.0.1", "1:2:3:4:5:6:127.0.0.1",
      "fe80::a:b"},
     {"", ":", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "::g",
      "1:2:3:4:5:6:7:", ":1", "::1:", ":::", "::127.0.0.300", "1:2:3:4:5:6:7:127.0.0.1",
      "fe80::1%eth0", "1:2:3:4::5:6:7:8", "127.0.0.1"}},
    {"hostname",
     {"example.com", "a", "xn--4gbwdl.xn--wgbh1c", "1.2.3", std::string(63, 'a')},
     {"", "-a", "a-", "a_b", "a..b", ".a", "a.", "a b", std::string(64, 'a'),
      std::string(63, 'a') + "." + std::string(63, 'a') + "." + std::string(63, 'a') + "." +
          std::string(63, 'a')}},
};

TEST(Formats, take_and_refuse) {
    for (const Case& test : kCases) {
        const auto format = format_named(test.name);
        ASSERT_TRUE(format.has_value()) << test.name;
        for (const std::string& text : test.good) {
            EXPECT_TRUE(has_format(text, *format)) << test.name << ": " << text;
        }
        for (const std::string& text : test.bad) {
            EXPECT_FALSE(has_format(text, *format)) << test.name << ": " << text;
        }
    }
}

TEST(Formats, of_other_names_are_unknown) {
    for (const char* name : {"", "Date", "regex", "date-times"}) {
        EXPECT_FALSE(format_named(name).has_value()) << name;
    }
}

}  // namespace
}  // namespace trivet::schema
