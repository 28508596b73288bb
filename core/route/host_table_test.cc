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

TEST(HostTable, puts_hosts_with_more_literals_first) {
    const Hosts hosts({"{a}.{b}.com", "{a}.example.com", "{a}.{b}.{c}", "api.{b}.com"});
    EXPECT_EQ(hosts.roots("api.example.com"), (Roots{2, 4, 1, 3}));
    EXPECT_EQ(hosts.roots("www.example.com"), (Roots{2, 1, 3}));
    EXPECT_EQ(hosts.roots("API.other.COM:80"), (Roots{4, 1, 3}));
    EXPECT_EQ(hosts.roots("a.b.c"), (Roots{3}));
    EXPECT_EQ(hosts.roots("example.com"), Roots{});
    EXPECT_EQ(hosts.roots("x.api.example.com"), Roots{});
}

TEST(HostTable, compares_labels_whole) {
    const Hosts hosts({"{a}.b", "{a}.{c}.b"});
    EXPECT_EQ(hosts.roots("x.b"), (Roots{1}));
    EXPECT_EQ(hosts.roots("x.bb"), Roots{});
    EXPECT_EQ(hosts.roots("a.b.c"), Roots{});
    EXPECT_EQ(hosts.roots("a.b.b."), (Roots{2}));
}

TEST(HostTable, an_ipv6_address_has_no_labels) {
    const Hosts hosts({"{a}", "{a}.{b}.{c}.{d}"});
    EXPECT_EQ(hosts.roots("[::1]"), Roots{});
    EXPECT_EQ(hosts.roots("10.0.0.1"), (Roots{2}));
}

}  // namespace
}  // namespace trivet::route
