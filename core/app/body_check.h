#pragma once

#include <string_view>

#include "base/memory.h"
#include "http/server.h"
#include "schema/checker.h"

namespace trivet::app {

// Holds the content of requests against the schema of their route before a handler sees them. Owned
// by a worker and used on its thread; what a large text needed is given back after each.
class BodyCheck {
public:
    explicit BodyCheck(Memory& memory) noexcept : checker_(memory) {}

    // False: the exchange has been answered, with 415 where the content is no JSON, 400 where it is
    // malformed, 422 and each mistake where the schema does not let it through.
    bool passes(http::Server& server, http::Exchange& exchange,
                const schema::Schema& schema) noexcept;

private:
    schema::Checker checker_;
};

}  // namespace trivet::app
