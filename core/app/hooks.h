#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/status_gen.h"
#include "base/str.h"
#include "http/exchange.h"
#include "http/reply.h"

namespace trivet::app {

class Worker;

using RequestHandle = std::uint64_t;
using Drop = void (*)(void* user_data);

// A whole response, laid out like the ABI's trivet_reply.
struct ReplyView {
    std::uint32_t size = sizeof(ReplyView);
    std::uint32_t flags = 0;
    std::uint32_t status = 200;
    std::uint32_t content = 0;
    const http1::HeaderView* headers = nullptr;
    std::size_t header_count = 0;
    Str body;
};

using Handler = void (*)(RequestHandle request, const http::RequestView* view, void* user_data);
using Before = std::int32_t (*)(RequestHandle request, const http::RequestView* view,
                                void* user_data);
using After = void (*)(RequestHandle request, const http::RequestView* view, ReplyView* reply,
                       void* user_data);
using ErrorHandler = void (*)(RequestHandle request, const http::RequestView* view,
                              std::uint32_t status, Str detail, void* user_data);
using Lifecycle = Status (*)(Worker* loop, void* user_data);

// What a before hook gives: go on with the next one.
inline constexpr std::int32_t kHookContinue = 0;

// A function of the program with its data.
template <typename Function>
struct Callback {
    Function function = nullptr;
    void* user_data = nullptr;
    Drop drop = nullptr;

    void release() const {
        if (drop != nullptr) {
            drop(user_data);
        }
    }
};

// Hooks of an app or a group, in the order added.
struct Hooks {
    std::vector<Callback<Before>> before;
    std::vector<Callback<After>> after;
};

}  // namespace trivet::app
