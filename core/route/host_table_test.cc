#include "route/host_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace trivet::route {
namespace {

class Hosts {
public:
    explicit Hosts(const std::vector<const char*>& hosts) {
        for (const char* host : hosts) {
            table_.add(*compile_host(host), ++root_);
        }
        table_.link();
    }

    // The roots a name is looked up in, in order.
    std::vector<std::uint32_t> roots(std::string_view field) const {
        HostName name;
        EXPECT_TRUE(name.parse(field)) << field;
        std::vector<std::uint32_t> found;
        if (const std::uint32_t root = table_.exact(name); root != 0) {
            found.push_back(root);
        }
        for (const HostTable::Candidate& candidate : table_.candidates(name)) {
            if (candidate.matches(name)) {
                found.push_back(candidate.root);
            }
        }
        return found;
    }

private:
    HostTable table_;
    std::uint32_t root_ = 0;
};

using Roots = std::vector<std::uint32_t>;

TEST(HostTable, puts_exact_hosts_first_then_those_with_more_literals) {
    const Hosts hosts(
        {"{a}.{b}.com", "{a}.example.com", "api.example.com", "{a}.{b}.{c}", "api.{b}.com"});
    EXPECT_EQ(hosts.roots("api.example.com"), (Roots{3, 2, 5, 1, 4}));
    EXPECT_EQ(hosts.roots("www.example.com"), (Roots{2, 1, 4}));
    EXPECT_EQ(hosts.roots("API.other.COM:80"), (Roots{5, 1, 4}));
    EXPECT_EQ(hosts.roots("a.b.c"), (Roots{4}));
    EXPECT_EQ(hosts.roots("example.com"), Roots{});
    EXPECT_EQ(hosts.roots("x.api.example.com"), Roots{});
}

TEST(HostTable, compares_labels_whole) {
    const Hosts hosts({"{a}.b", "ab.c"});
    EXPECT_EQ(hosts.roots("x.b"), (Roots{1}));
    EXPECT_EQ(hosts.roots("x.bb"), Roots{});
    EXPECT_EQ(hosts.roots("a.b.c"), Roots{});
    EXPECT_EQ(hosts.roots("ab.c."), (Roots{2}));
}

TEST(HostTable, takes_addresses_as_they_are) {
    const Hosts hosts({"[::1]", "{a}", "127.0.0.1", "{a}.{b}.{c}.{d}"});
    EXPECT_EQ(hosts.roots("[::1]:8080"), (Roots{1}));
    EXPECT_EQ(hosts.roots("[::2]"), Roots{});
    EXPECT_EQ(hosts.roots("127.0.0.1"), (Roots{3, 4}));
    EXPECT_EQ(hosts.roots("10.0.0.1"), (Roots{4}));
}

TEST(HostTable, finds_each_of_many) {
    std::vector<std::string> texts;
    std::vector<const char*> hosts;
    for (int index = 0; index < 500; ++index) {
        texts.push_back("t" + std::to_string(index) + ".example.com");
    }
    for (const std::string& text : texts) {
        hosts.push_back(text.c_str());
    }
    const Hosts table(hosts);
    for (std::uint32_t index = 0; index < 500; ++index) {
        EXPECT_EQ(table.roots(texts[index]), (Roots{index + 1}));
    }
}

}  // namespace
}  // namespace trivet::route
