// Being one of a supervisor's workers, and becoming the supervisor.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "values.h"

namespace trivet_node {

// undefined for a process that no supervisor started.
static napi_value supervisor_inherit(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    trivet_worker_info worker{};
    worker.size = sizeof(worker);
    const trivet_status status = trivet_supervisor_inherit(&worker);
    if (status == TRIVET_E_NOT_FOUND) {
        return make_undefined(env);
    }
    if (status != TRIVET_OK) {
        return throw_status(arguments.addon(), status, trivet_lit("TRIVET_WORKER is malformed"));
    }
    napi_value result = nullptr;
    napi_create_object(env, &result);
    set_property(env, result, "slot", make_number(env, worker.slot));
    set_property(env, result, "workers", make_number(env, worker.workers));
    set_property(env, result, "listenFd", make_number(env, worker.listen_fd));
    set_property(env, result, "controlFd", make_number(env, worker.control_fd));
    return result;
}

// libuv opens terminals anew, close-on-exec, and makes pipes non-blocking: the next program expects
// neither.
static void restore_stdio() {
    uv_tty_reset_mode();
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
        const int descriptor = fcntl(fd, F_GETFD);
        const int status = fcntl(fd, F_GETFL);
        if (descriptor >= 0 && status >= 0) {
            fcntl(fd, F_SETFD, descriptor & ~FD_CLOEXEC);
            fcntl(fd, F_SETFL, status & ~O_NONBLOCK);
        }
    }
}

// Node makes what it inherited close-on-exec as well: listeners that a manager of services gave
// this process are for the program that takes its place.
static void keep_listeners() {
    const char* pid = getenv("LISTEN_PID");
    const char* count = getenv("LISTEN_FDS");
    if (pid == nullptr || count == nullptr || atol(pid) != getpid()) {
        return;
    }
    constexpr long kFirst = STDERR_FILENO + 1;
    constexpr long kCountMax = 64;  // as the engine takes at most
    const long end = kFirst + std::clamp(atol(count), 0L, kCountMax);
    for (long fd = kFirst; fd < end; ++fd) {
        const int flags = fcntl(static_cast<int>(fd), F_GETFD);
        if (flags >= 0) {
            fcntl(static_cast<int>(fd), F_SETFD, flags & ~FD_CLOEXEC);
        }
    }
}

// The signals that Node ignores for itself; what its own parent had ignored stays so.
static constexpr int kIgnored[] = {SIGPIPE, SIGXFSZ};

// (path, argv): becomes another program. Comes back, with an error thrown, only when it cannot.
static napi_value execute(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const Bytes path(env, arguments.at(0));
    Texts words;
    const bool is_read = words.read(env, arguments.at(1));
    const std::unique_ptr<char*[]> argv = is_read ? words.vector() : nullptr;
    if (argv == nullptr || words.count() == 0 || path.is_out_of_memory()) {
        return throw_status(arguments.addon(), TRIVET_E_MEMORY);
    }
    restore_stdio();
    keep_listeners();
    struct sigaction before[std::size(kIgnored)];
    struct sigaction fallback{};
    fallback.sa_handler = SIG_DFL;
    for (size_t i = 0; i < std::size(kIgnored); ++i) {
        sigaction(kIgnored[i], &fallback, &before[i]);
    }
    sigset_t none;
    sigset_t mask;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, &mask);
    execv(path.view().data, argv.get());
    const int error = errno;
    pthread_sigmask(SIG_SETMASK, &mask, nullptr);
    for (size_t i = 0; i < std::size(kIgnored); ++i) {
        sigaction(kIgnored[i], &before[i], nullptr);
    }
    char reason[512];
    const int size =
        snprintf(reason, sizeof(reason), "execv %s: %s", path.view().data, strerror(error));
    const size_t length = std::min(static_cast<size_t>(size), sizeof(reason) - 1);
    return throw_status(arguments.addon(), TRIVET_E_SYSTEM, {reason, length});
}

void export_program(Addon* addon, napi_value exports) {
    static constexpr Export kExports[] = {
        {"supervisorInherit", supervisor_inherit},
        {"execute", execute},
    };
    add_exports(addon, exports, kExports);
}

}  // namespace trivet_node
