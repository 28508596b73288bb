#include "io/engine.h"

#include <cerrno>
#include <cstring>

#include "io/epoll.h"
#include "io/uring.h"

namespace trivet::io {
namespace {

std::string why_not_uring(int error, std::string_view step) {
    std::string text(step);
    text += ": ";
    text += std::strerror(error);
    if (error == EPERM || error == EACCES) {
        text += " (kernel.io_uring_disabled or a seccomp filter)";
    } else if (error == ENOSYS || error == EINVAL) {
        text += " (needs Linux 6.1, not filtered)";
    } else if (error == ENOMEM) {
        text += " (RLIMIT_MEMLOCK or memory)";
    }
    return text;
}

EngineChoice make_epoll(Memory& memory, const LoopConfig& config, std::string reason) {
    EngineChoice choice;
    choice.loop = EpollLoop::create(memory, config, choice.error);
    choice.reason = std::move(reason);
    if (choice.loop == nullptr) {
        choice.reason = std::string("epoll: ") + std::strerror(choice.error);
    }
    return choice;
}

}  // namespace

EngineChoice make_loop(Engine engine, Memory& memory, const LoopConfig& config) {
    if (engine == Engine::epoll) {
        return make_epoll(memory, config, "asked for");
    }
    EngineChoice choice;
    std::string_view step;
    choice.loop = UringLoop::create(memory, config, choice.error, step);
    if (choice.loop != nullptr) {
        choice.error = 0;
        choice.reason = engine == Engine::uring ? "asked for" : "available";
        return choice;
    }
    std::string reason = "io_uring unavailable: " + why_not_uring(choice.error, step);
    if (engine == Engine::uring) {
        choice.reason = std::move(reason);
        return choice;
    }
    return make_epoll(memory, config, std::move(reason));
}

}  // namespace trivet::io
