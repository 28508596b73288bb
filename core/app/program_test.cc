#include "app/program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "app/worker_harness_test.h"
#include "io/socket.h"

namespace trivet::app {
namespace {

// Makes a start of this test program a start of Program's.
constexpr const char* kProgramVariable = "TRIVET_TEST_PROGRAM";

// run_program in a child process, its standard error in a pipe. Its workers, if any, are this test
// program once more.
class Program {
public:
    // `variables` are NAME=value.
    explicit Program(std::vector<std::string> arguments,
                     const std::vector<std::string>& variables = {}) {
        int pipe[2];
        EXPECT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
        std::fflush(nullptr);
        child_ = ::fork();
        if (child_ == 0) {
            ::dup2(pipe[1], 1);
            ::dup2(pipe[1], 2);
            ::unsetenv("TRIVET_ENGINE");
            ::setenv(kProgramVariable, "1", 1);
            ::setenv("TRIVET_LOG", "info", 1);
            for (const std::string& variable : variables) {
                const std::size_t equals = variable.find('=');
                ::setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(),
                         1);
            }
            arguments.insert(arguments.begin(), "/usr/bin/my-app");
            std::vector<char*> argv;
            for (std::string& argument : arguments) {
                argv.push_back(argument.data());
            }
            argv.push_back(nullptr);
            const int code = serve(static_cast<int>(arguments.size()), argv.data());
            std::fflush(nullptr);
            ::_exit(code);
        }
        ::close(pipe[1]);
        output_fd_.reset(pipe[0]);
    }
    ~Program() {
        if (child_ > 0) {
            ::kill(child_, SIGKILL);
            ::waitpid(child_, nullptr, 0);
        }
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    // Reads up to the port in the banner; 0 when the program ends without.
    std::uint32_t port(std::string_view host = "127.0.0.1") {
        const std::string before = "http://" + std::string(host) + ":";
        while (read_some()) {
            const std::size_t at = output_.find(before);
            std::uint32_t port = 0;
            if (at != std::string::npos && output_.find('\n', at) != std::string::npos) {
                const char* digits = output_.data() + at + before.size();
                std::from_chars(digits, output_.data() + output_.size(), port);
                return port;
            }
        }
        return 0;
    }
    void signal(int number) const { ::kill(child_, number); }
    int wait() {
        while (read_some()) {
        }
        int status = 0;
        ::waitpid(child_, &status, 0);
        child_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    const std::string& output() const { return output_; }

    static int serve(int argc, char** argv) {
        App app;
        const auto hello = [](RequestHandle request, const http::RequestView*, void*) {
            HandleParts parts{};
            bool is_owner = false;
            split_handle(request, parts);
            answer(*find_worker(parts.loop, is_owner), request, "hello");
        };
        static_cast<void>(app.add_route({.methods = "GET", .pattern = "/hello"},
                                        {hello, nullptr, nullptr, {}, {}}));
        static_cast<void>(app.add_route({.methods = "GET", .pattern = "/event"}, {}));
        const auto who = [](RequestHandle request, const http::RequestView*, void*) {
            HandleParts parts{};
            bool is_owner = false;
            split_handle(request, parts);
            answer(*find_worker(parts.loop, is_owner), request,
                   std::to_string(::getpid()) + "/" + std::to_string(::gettid()));
        };
        static_cast<void>(
            app.add_route({.methods = "GET", .pattern = "/who"}, {who, nullptr, nullptr, {}, {}}));
        return run_program(app, argc, argv, "1.2.3");
    }

private:
    bool read_some() {
        char bytes[4096];
        const ssize_t count = ::read(output_fd_.get(), bytes, sizeof bytes);
        if (count > 0) {
            output_.append(bytes, static_cast<std::size_t>(count));
        }
        return count > 0;
    }

    pid_t child_ = 0;
    Fd output_fd_;
    std::string output_;
};

[[gnu::constructor]] void become_program(int argc, char** argv) {
    if (std::getenv(kProgramVariable) != nullptr) {
        ::_exit(Program::serve(argc, argv));
    }
}

// The threads, by process and number, that answer at a port, once there are `count` of them.
std::set<std::string> who_serves(std::uint32_t port, std::size_t count) {
    std::set<std::string> seen;
    for (int attempt = 0; attempt < 10'000 && seen.size() < count; ++attempt) {
        Client client(port);
        client.send(get("/who", "Connection: close\r\n"));
        client.read(1);
        if (client.status() == 200) {
            seen.insert(client.body());
        }
    }
    return seen;
}

std::size_t processes_of(const std::set<std::string>& threads) {
    std::set<std::string> processes;
    for (const std::string& thread : threads) {
        processes.insert(thread.substr(0, thread.find('/')));
    }
    return processes.size();
}

TEST(Program, explains_wrong_arguments_and_exits_with_2) {
    struct Case {
        std::vector<std::string> arguments;
        const char* complaint;
    };
    const Case cases[] = {
        {{"--port", "http"}, "my-app: --port is 'http', allowed are 0 to 65535"},
        {{"--port=65536"}, "65536"},
        {{"--port="}, "--port is ''"},
        {{"--port", "-1"}, "-1"},
        {{"--port", "80x"}, "80x"},
        {{"--port"}, "--port"},
        {{"--colour", "red"}, "--colour"},
        {{"8000"}, "8000"},
        {{"--engine", "kqueue"}, "--engine is 'kqueue', allowed are auto, uring, epoll"},
    };
    for (const Case& example : cases) {
        Program program(example.arguments);
        EXPECT_EQ(program.wait(), 2) << example.complaint;
        EXPECT_NE(program.output().find(example.complaint), std::string::npos) << program.output();
        EXPECT_EQ(program.output().find('\n'), program.output().size() - 1)
            << "one line: " << program.output();
    }
    Program variable({}, {"TRIVET_PORT=many"});
    EXPECT_EQ(variable.wait(), 2);
}

TEST(Program, shows_its_flags) {
    Program program({"--help"});
    EXPECT_EQ(program.wait(), 0);
    for (const char* flag : {"--host", "--port", "--engine", "--workers", "TRIVET_LOG"}) {
        EXPECT_NE(program.output().find(flag), std::string::npos) << flag;
    }
}

TEST(Program, says_why_it_cannot_start_and_exits_with_1) {
    const io::Listener taken = io::listen_tcp({.host = "127.0.0.1"});
    ASSERT_TRUE(taken.fd.is_open());
    Program busy({"--port", std::to_string(taken.port)});
    EXPECT_EQ(busy.wait(), 1);
    EXPECT_NE(busy.output().find("127.0.0.1:" + std::to_string(taken.port) + " is already in use"),
              std::string::npos)
        << busy.output();
    EXPECT_EQ(busy.output().find('\n'), busy.output().size() - 1) << "one line: " << busy.output();
    Program nowhere({"--host", "no-address", "--port", "0"});
    EXPECT_EQ(nowhere.wait(), 1);
    EXPECT_NE(nowhere.output().find("no-address"), std::string::npos);
}

class ProgramTest : public ::testing::TestWithParam<const char*> {};

TEST_P(ProgramTest, serves_until_it_is_told_to_end) {
    for (const int signal : {SIGTERM, SIGINT}) {
        Program program({"--port=0", "--engine", GetParam(), "--threads=1"});
        const std::uint32_t port = program.port();
        ASSERT_NE(port, 0u) << program.output();
        EXPECT_NE(program.output().find("trivet 1.2.3"), std::string::npos) << program.output();
        Client client(port);
        client.send(get("/hello"));
        client.read(1);
        EXPECT_EQ(client.body(), "hello");
        Client nobody(port);
        nobody.send(get("/event", "Connection: close\r\n"));
        nobody.read(1);
        EXPECT_EQ(nobody.status(), 500) << nobody.cause() << program.output();
        client.finish();
        nobody.finish();
        program.signal(signal);
        EXPECT_EQ(program.wait(), 0) << program.output();
    }
}

TEST_P(ProgramTest, reads_its_address_and_engine_from_the_environment) {
    Program program(
        {}, {"TRIVET_PORT=0", "TRIVET_HOST=localhost", std::string("TRIVET_ENGINE=") + GetParam()});
    ASSERT_NE(program.port("localhost"), 0u) << program.output();
    const std::string_view engine = GetParam();
    EXPECT_NE(program.output().find(engine == "uring" ? "io_uring" : engine), std::string::npos);
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait(), 0) << program.output();
}

TEST_P(ProgramTest, serves_with_several_threads_at_one_port) {
    Program program({"--port=0", "--engine", GetParam(), "--threads", "3"});
    const std::uint32_t port = program.port();
    ASSERT_NE(port, 0u) << program.output();
    EXPECT_NE(program.output().find(" \xC2\xB7 3 threads \xC2\xB7 "), std::string::npos)
        << program.output();
    const std::set<std::string> threads = who_serves(port, 3);
    EXPECT_EQ(threads.size(), 3u);
    EXPECT_EQ(processes_of(threads), 1u);
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait(), 0) << program.output();
}

TEST_P(ProgramTest, serves_with_several_workers_executed_or_forked) {
    for (const char* flag : {"--threads=1", "--fork"}) {
        Program program({"--port=0", "--engine", GetParam(), "--workers", "2", flag});
        const std::uint32_t port = program.port();
        ASSERT_NE(port, 0u) << program.output();
        const std::set<std::string> threads = who_serves(port, 2);
        EXPECT_EQ(processes_of(threads), 2u);
        EXPECT_NE(program.output().find("trivet 1.2.3 \xC2\xB7 C \xC2\xB7 http://"),
                  std::string::npos);
        EXPECT_NE(program.output().find(" \xC2\xB7 2 workers \xC2\xB7 "), std::string::npos);
        program.signal(SIGINT);
        EXPECT_EQ(program.wait(), 0) << program.output();
    }
}

TEST_P(ProgramTest, serves_with_several_threads_in_several_workers) {
    Program program({"--port=0", "--engine", GetParam(), "--workers=2", "--threads=2"});
    const std::uint32_t port = program.port();
    ASSERT_NE(port, 0u) << program.output();
    const std::set<std::string> threads = who_serves(port, 4);
    EXPECT_EQ(threads.size(), 4u);
    EXPECT_EQ(processes_of(threads), 2u);
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait(), 0) << program.output();
}

TEST(Program, threads_do_not_share_a_port_with_strangers) {
    const io::Listener taken = io::listen_tcp({.host = "127.0.0.1", .reuse_port = true});
    Program program({"--port", std::to_string(taken.port), "--threads=2"});
    EXPECT_EQ(program.wait(), 1);
    EXPECT_NE(program.output().find("is already in use"), std::string::npos) << program.output();
}

TEST(Program, does_not_take_a_malformed_inheritance_for_none) {
    Program program({"--port=0"}, {"TRIVET_WORKER=1"});
    EXPECT_EQ(program.wait(), 1);
    EXPECT_NE(program.output().find("TRIVET_WORKER is malformed"), std::string::npos)
        << program.output();
}

INSTANTIATE_TEST_SUITE_P(Engines, ProgramTest, ::testing::Values("uring", "epoll"),
                         [](const auto& engine) { return std::string(engine.param); });

}  // namespace
}  // namespace trivet::app
