#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "error_page.h"
#include "trivet.h"

namespace trivet::cli {

// Answers every request at a listener with a failure, as an app of this library: status 500, a page
// for browsers, problem details for others. One thread, which turns it.
class PageServer {
public:
    static std::expected<std::unique_ptr<PageServer>, std::string> create();
    ~PageServer();
    PageServer(const PageServer&) = delete;
    PageServer& operator=(const PageServer&) = delete;

    // Answers from now on. Takes the descriptor, a copy of a listener that others hold as well.
    std::expected<void, std::string> show(Failure failure, int listen_fd);
    // Accepts no more. Who is connected is answered, within a second, while turn() is called.
    void hide();
    bool is_shown() const { return is_shown_; }

    // What to poll for reading, and the most milliseconds to wait for it; -1 for ever.
    std::vector<int> descriptors() const;
    int timeout_ms() const;
    void turn();

private:
    static constexpr std::uint32_t kDrainMs = 1'000;

    PageServer() = default;
    static void answer(trivet_request request, const trivet_request_view* view, void* user_data);
    std::expected<void, std::string> prepare();

    trivet_app* app_ = nullptr;
    std::vector<trivet_loop*> loops_;  // the last one serves while is_shown_; the others drain
    bool is_shown_ = false;
    Failure failure_;
    std::string html_;
    std::string json_;
    std::string number_;
};

}  // namespace trivet::cli
