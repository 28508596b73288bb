#include "run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "find_program.h"

namespace trivet::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kChildDescriptor = 3;  // where a child finds the descriptor that is named to it
constexpr std::size_t kAnswerBytesMax = 64 << 20;

// A descriptor that is closed at the end.
class Owned {
public:
    explicit Owned(int fd) : fd_(fd) {}
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    ~Owned() { close(); }
    int get() const { return fd_; }
    void close() {
        if (fd_ >= 0) ::close(fd_);
        fd_ = -1;
    }

private:
    int fd_;
};

std::string cannot(const ProgramCall& call, const char* what, int error) {
    return std::string("cannot ") + what + " " + call.command[0] + ": " + std::strerror(error);
}

// What keeps a command from being executed, in words that tell what to do.
std::string why_not(const ProgramCall& call) {
    const char* path = ::getenv("PATH");
    std::string name = call.command[0];
    const bool is_relative = name.contains('/') && !name.starts_with('/');
    if (is_relative) name = call.folder / name;
    const int error = why_not_executable(name, path == nullptr ? "/bin:/usr/bin" : path);
    if (error == 0) return {};
    if (error == ENOENT && !name.contains('/')) {
        return "there is no " + name + " in PATH: install it, or put it there";
    }
    return cannot(call, "execute", error);
}

// The environment with one variable more; pointers into `extra` and the environment itself.
std::vector<char*> environment_with(std::string& extra) {
    const std::string_view name = std::string_view(extra).substr(0, extra.find('=') + 1);
    std::vector<char*> variables;
    for (char** at = environ; *at != nullptr; ++at) {
        if (extra.empty() || !std::string_view(*at).starts_with(name)) variables.push_back(*at);
    }
    if (!extra.empty()) variables.push_back(extra.data());
    variables.push_back(nullptr);
    return variables;
}

// Starts it; `fd`, unless -1, becomes kChildDescriptor.
std::expected<pid_t, std::string> spawn(const ProgramCall& call, int fd, std::string extra) {
    if (std::string fault = why_not(call); !fault.empty()) return std::unexpected(fault);
    std::vector<std::string> words = call.command;
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    std::vector<char*> variables = environment_with(extra);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addchdir_np(&actions, call.folder.c_str());
    ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    if (fd >= 0) ::posix_spawn_file_actions_adddup2(&actions, fd, kChildDescriptor);
    pid_t pid = -1;
    const int error =
        ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), variables.data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) return std::unexpected(cannot(call, "execute", error));
    return pid;
}

int exit_code(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int wait_for(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return exit_code(status);
}

int left_ms(Clock::time_point end) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    return left.count() < 0 ? 0 : static_cast<int>(left.count());
}

// Whether the descriptor is readable in time.
bool is_ready(int fd, Clock::time_point end) {
    pollfd poller{fd, POLLIN, 0};
    int count = -1;
    do {
        count = ::poll(&poller, 1, left_ms(end));
    } while (count < 0 && errno == EINTR);
    return count > 0;
}

// Reads to the end; false when that does not come in time, or too much does.
bool read_all(int fd, Clock::time_point end, std::string& out) {
    std::array<char, 65536> room{};
    while (is_ready(fd, end) && out.size() < kAnswerBytesMax) {
        const ssize_t size = ::read(fd, room.data(), room.size());
        if (size == 0) return true;
        if (size < 0 && errno != EINTR) return false;
        if (size > 0) out.append(room.data(), static_cast<std::size_t>(size));
    }
    return false;
}

// Whether a child ends in time, by itself.
bool ends_by(pid_t pid, Clock::time_point end) {
    const Owned process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    return process.get() < 0 || is_ready(process.get(), end);
}

}  // namespace

std::expected<int, std::string> run_program(const ProgramCall& call) {
    const auto pid = spawn(call, -1, "");
    if (!pid) return std::unexpected(pid.error());
    return wait_for(*pid);
}

std::expected<std::string, std::string> read_program(const ProgramCall& call, const char* variable,
                                                     std::chrono::milliseconds time) {
    const Clock::time_point end = Clock::now() + time;
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return std::unexpected(cannot(call, "ask", errno));
    }
    const Owned reading(ends[0]);
    Owned writing(ends[1]);
    const auto pid =
        spawn(call, writing.get(), std::string(variable) + "=" + std::to_string(kChildDescriptor));
    if (!pid) return std::unexpected(pid.error());
    writing.close();
    std::string answer;
    const bool is_whole = read_all(reading.get(), end, answer) && ends_by(*pid, end);
    if (!is_whole) ::kill(*pid, SIGKILL);
    const int code = wait_for(*pid);
    const std::string shown = "`" + command_text(call.command) + "`";
    if (!is_whole) {
        return std::unexpected(shown + " has not ended within " +
                               std::to_string(time.count() / 1000) + " s, and was killed");
    }
    if (code != 0) {
        return std::unexpected(shown + " ended with exit code " + std::to_string(code));
    }
    return answer;
}

std::string command_text(const std::vector<std::string>& command) {
    std::string text;
    for (const std::string& word : command) {
        const bool is_plain = !word.empty() && word.find_first_not_of(
                                                   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST"
                                                   "UVWXYZ0123456789_@%+=:,./-") == word.npos;
        if (!text.empty()) text += ' ';
        if (is_plain) {
            text += word;
            continue;
        }
        text += '\'';
        for (const char letter : word) text += letter == '\'' ? "'\\''" : std::string(1, letter);
        text += '\'';
    }
    return text;
}

}  // namespace trivet::cli
