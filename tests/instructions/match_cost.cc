// What a match costs. `match_cost SET ROUTES MATCHES` matches that many paths in a random order and
// prints nothing but the number of answers that were not expected: callgrind counts the
// instructions of match_all(). `match_cost --time` prints nanoseconds for each set with 10 and
// 1,000 routes.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "route/router.h"

namespace {

using trivet::Memory;
using trivet::route::Match;
using trivet::route::Outcome;
using trivet::route::Router;
using trivet::route::Scratch;

struct Request {
    std::string method;
    std::string host;
    std::string path;
    Outcome outcome;
};

struct Case {
    std::vector<Request> routes;  // the path is the pattern
    std::vector<Request> asked;
};

// Names of resources; their mean length is that of the first, which small sets have alone.
std::string resource(std::size_t index) {
    constexpr std::string_view kWords[] = {"orders",  "users",    "items",   "invoices", "teams",
                                           "regions", "products", "reports", "tokens",   "files"};
    char number[8];
    std::snprintf(number, sizeof number, "%03zu", index);
    return std::string(kWords[index % std::size(kWords)]) + number;
}

void found(Case& made, const char* method, const std::string& pattern, const std::string& path) {
    made.routes.push_back({method, {}, pattern, Outcome::found});
    made.asked.push_back({method, "localhost", path, Outcome::found});
}

// Literals only, ten to a resource.
void add_static(Case& made, std::size_t index) {
    const std::string base = "/api/v1/" + resource(index);
    for (const char* last : {"", "/search", "/export", "/import", "/count", "/stats", "/recent",
                             "/archive", "/trash", "/settings"}) {
        found(made, "GET", base + last, base + last);
    }
}

// A parameter in every pattern.
void add_parametric(Case& made, std::size_t index) {
    const std::string base = "/api/v1/" + resource(index);
    const std::string id = std::to_string(100 + index * 7 % 900);
    const std::string uuid = "0d9f2c1a-5b7e-4c38-9a01-6f2e8d3b4c5a";
    found(made, "GET", base + "/{id:int}", base + "/" + id);
    found(made, "GET", base + "/{id:int}/parts", base + "/" + id + "/parts");
    found(made, "GET", base + "/{id:int}/parts/{part:int}", base + "/" + id + "/parts/7");
    found(made, "GET", base + "/{id:int}/notes/{note}", base + "/" + id + "/notes/first");
    found(made, "GET", base + "/{key:uuid}", base + "/" + uuid);
    found(made, "GET", base + "/{key:uuid}/parts", base + "/" + uuid + "/parts");
    found(made, "GET", base + "/by/{name}", base + "/by/alice");
    found(made, "GET", base + "/by/{name}/{year:int}", base + "/by/alice/2024");
    found(made, "GET", base + "/files/{rest:path}", base + "/files/a/b/c.txt");
    found(made, "GET", base + "/tags/{a}/{b}", base + "/tags/red/blue");
}

// What an HTTP API looks like.
void add_mixed(Case& made, std::size_t index) {
    const std::string base = "/api/v1/" + resource(index);
    const std::string id = base + "/" + std::to_string(100 + index * 7 % 900);
    found(made, "GET", base, base);
    found(made, "POST", base, base);
    found(made, "GET", base + "/search", base + "/search");
    found(made, "GET", base + "/{id:int}", id);
    found(made, "PUT", base + "/{id:int}", id);
    found(made, "DELETE", base + "/{id:int}", id);
    found(made, "GET", base + "/{id:int}/parts", id + "/parts");
    found(made, "POST", base + "/{id:int}/parts", id + "/parts");
    found(made, "GET", base + "/{id:int}/parts/{part}", id + "/parts/left");
    found(made, "GET", base + "/{id:int}/files/{rest:path}", id + "/files/2024/a.txt");
}

// The mixed set, with a host for each resource.
void add_hosts(Case& made, std::size_t index) {
    const std::size_t begin = made.routes.size();
    add_mixed(made, index);
    for (std::size_t at = begin; at < made.routes.size(); ++at) {
        made.routes[at].host = resource(index) + ".example.com";
        made.asked[at].host = made.routes[at].host + ":8000";
    }
}

// Every path of the mixed set, spoilt: by segments too many, in its resource, below a literal, or
// with a method that has no route.
void spoil(Case& made) {
    std::vector<Request> spoilt;
    for (std::size_t index = 0; index < made.asked.size(); ++index) {
        Request request = made.asked[index];
        request.outcome = Outcome::not_found;
        switch (index % 4) {
            case 0:
                request.path += "/x/y";
                break;
            case 1:
                request.path.replace(8, 1, "_");
                break;
            case 2:
                request.path = "/api/v1/" + resource(index / 10) + "/search/more";
                break;
            default:
                request.method = "PATCH";
                request.outcome = Outcome::method_not_allowed;
                break;
        }
        spoilt.push_back(std::move(request));
    }
    made.asked = std::move(spoilt);
}

Case make(std::string_view set, std::size_t routes) {
    Case made;
    for (std::size_t index = 0; made.routes.size() < routes; ++index) {
        (set == "static"       ? add_static
         : set == "parametric" ? add_parametric
         : set == "hosts"      ? add_hosts
                               : add_mixed)(made, index);
    }
    if (set == "missing") {
        spoil(made);
    }
    return made;
}

// What arrives: one request behind the other in memory, as they come from a socket, so that the
// requests of many routes are no farther away than those of few.
class Arrivals {
public:
    // Each request as often, in an order that no branch predictor knows.
    Arrivals(const std::vector<Request>& requests, std::size_t count) {
        std::vector<std::size_t> order(count);
        for (std::size_t index = 0; index < count; ++index) {
            order[index] = index % requests.size();
        }
        std::ranges::shuffle(order, std::mt19937(4711));
        for (const std::size_t index : order) {
            const Request& request = requests[index];
            arrivals_.push_back(
                {request.method.size(), request.host.size(), request.path.size(), request.outcome});
            bytes_ += request.method + request.host + request.path;
        }
    }

    std::size_t size() const { return arrivals_.size(); }

    template <typename Visit>
    void for_each(Visit visit) const {
        std::string_view rest = bytes_;
        const auto take = [&rest](std::size_t size) {
            const std::string_view text = rest.substr(0, size);
            rest.remove_prefix(size);
            return text;
        };
        for (const Arrival& arrival : arrivals_) {
            const std::string_view method = take(arrival.method_bytes);
            const std::string_view host = take(arrival.host_bytes);
            visit(method, host, take(arrival.path_bytes), arrival.outcome);
        }
    }

private:
    struct Arrival {
        std::size_t method_bytes;
        std::size_t host_bytes;
        std::size_t path_bytes;
        Outcome outcome;
    };

    std::vector<Arrival> arrivals_;
    std::string bytes_;
};

// Kept apart for callgrind's --toggle-collect.
[[gnu::noinline]] std::size_t match_all(const Router& router, Scratch& scratch,
                                        const Arrivals& arrivals) {
    std::size_t unexpected = 0;
    Match match;
    arrivals.for_each([&](std::string_view method, std::string_view host, std::string_view path,
                          Outcome expected) {
        const Outcome outcome = router.match(method, host, path, scratch, match);
        unexpected += outcome != expected ? 1 : 0;
    });
    return unexpected;
}

class Bench {
public:
    Bench(std::string_view set, std::size_t routes, std::size_t matches)
        : case_(make(set, routes)), arrivals_(case_.asked, matches), scratch_(freeze(), memory_) {}

    std::size_t run() { return match_all(router_, scratch_, arrivals_); }

    double nanoseconds() {
        const auto begin = std::chrono::steady_clock::now();
        const std::size_t unexpected = run();
        const auto spent = std::chrono::steady_clock::now() - begin;
        return unexpected != 0 ? -1
                               : std::chrono::duration<double, std::nano>(spent).count() /
                                     static_cast<double>(arrivals_.size());
    }

private:
    const Router& freeze() {
        std::uint32_t value = 0;
        for (const Request& route : case_.routes) {
            if (!router_.add({route.method, route.host, route.path, {}, {}, value++})) {
                std::abort();
            }
        }
        router_.freeze();
        return router_;
    }

    Case case_;
    Arrivals arrivals_;
    Memory memory_;
    Router router_;
    Scratch scratch_;
};

void print_times() {
    constexpr int kRounds = 41;
    for (const char* set : {"static", "parametric", "mixed", "hosts", "missing"}) {
        Bench small(set, 10, 10'000);
        Bench large(set, 1000, 10'000);
        double best[2] = {1e9, 1e9};
        // By turns, so that both meet the same neighbours on the machine.
        for (int round = 0; round < kRounds; ++round) {
            best[0] = std::min(best[0], small.nanoseconds());
            best[1] = std::min(best[1], large.nanoseconds());
        }
        std::printf("%-10s  10 routes %6.1f ns  1000 routes %6.1f ns  ratio %.2f\n", set, best[0],
                    best[1], best[1] / best[0]);
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count == 2 && std::string_view(arguments[1]) == "--time") {
        print_times();
        return 0;
    }
    if (count != 4) {
        std::fprintf(stderr, "usage: match_cost --time | SET ROUTES MATCHES\n");
        return 2;
    }
    Bench bench(arguments[1], std::strtoul(arguments[2], nullptr, 10),
                std::strtoul(arguments[3], nullptr, 10));
    std::printf("%zu\n", bench.run());
    return 0;
}
