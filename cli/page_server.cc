#include "page_server.h"

#include <unistd.h>

#include <algorithm>

namespace trivet::cli {
namespace {

trivet_str str(const std::string& text) { return {text.data(), text.size()}; }

std::string take_error(trivet_error* error) {
    const trivet_str message = trivet_error_message(error);
    std::string text(message.data == nullptr ? "out of memory" : message.data, message.size);
    const trivet_str detail = trivet_error_detail(error);
    if (detail.size > 0) {
        text += " (" + std::string(detail.data, detail.size) + ")";
    }
    trivet_error_free(error);
    return text;
}

}  // namespace

std::expected<std::unique_ptr<PageServer>, std::string> PageServer::create() {
    std::unique_ptr<PageServer> server(new PageServer);
    if (auto prepared = server->prepare(); !prepared) {
        return std::unexpected(prepared.error());
    }
    return server;
}

std::expected<void, std::string> PageServer::prepare() {
    app_ = trivet_app_new();
    if (app_ == nullptr) {
        return std::unexpected("out of memory");
    }
    trivet_app_config config;
    trivet_app_config_init(&config, sizeof config);
    config.engine = TRIVET_ENGINE_EPOLL;  // the app's engine may be what fails
    config.log_level = TRIVET_LOG_OFF;
    config.shutdown_timeout_ms = kDrainMs;
    trivet_error* error = nullptr;
    if (trivet_app_configure(app_, &config, &error) != TRIVET_OK) {
        return std::unexpected(take_error(error));
    }
    if (trivet_app_fallback(app_, answer, this, nullptr) != TRIVET_OK) {
        return std::unexpected("the error page cannot be served");
    }
    return {};
}

PageServer::~PageServer() {
    for (trivet_loop* loop : loops_) {
        trivet_loop_free(loop);
    }
    trivet_app_free(app_);
}

void PageServer::answer(trivet_request request, const trivet_request_view*, void* user_data) {
    const auto& self = *static_cast<const PageServer*>(user_data);
    trivet_str accept{};
    trivet_request_header(request, trivet_lit("Accept"), &accept);
    const bool is_page =
        wants_html(accept.size > 0 ? std::string_view(accept.data, accept.size) : "");
    const trivet_header fields[] = {
        {trivet_lit("Cache-Control"), trivet_lit("no-store")},
        {trivet_lit(kDevField), str(self.number_)},
    };
    trivet_reply reply;
    trivet_reply_init(&reply, sizeof reply);
    reply.status = 500;
    reply.content = is_page ? TRIVET_CONTENT_HTML : TRIVET_CONTENT_PROBLEM;
    reply.headers = fields;
    reply.header_count = std::size(fields);
    reply.body = str(is_page ? self.html_ : self.json_);
    trivet_reply_send(request, &reply);
}

std::expected<void, std::string> PageServer::show(Failure failure, int listen_fd) {
    hide();
    failure_ = std::move(failure);
    html_ = html_page(failure_);
    json_ = problem_json(failure_);
    number_ = std::to_string(failure_.number);
    trivet_loop_config config;
    trivet_loop_config_init(&config, sizeof config);
    config.listen_fd = listen_fd;
    trivet_loop* loop = nullptr;
    trivet_error* error = nullptr;
    if (trivet_loop_new(app_, &config, &loop, &error) != TRIVET_OK) {
        return std::unexpected(take_error(error));
    }
    loops_.push_back(loop);
    is_shown_ = true;
    return {};
}

void PageServer::hide() {
    if (is_shown_) {
        is_shown_ = false;
        trivet_loop_drain(loops_.back());
        turn();
    }
}

std::vector<int> PageServer::descriptors() const {
    std::vector<int> descriptors;
    descriptors.reserve(loops_.size());
    for (trivet_loop* loop : loops_) {
        descriptors.push_back(trivet_loop_fd(loop));
    }
    return descriptors;
}

int PageServer::timeout_ms() const {
    std::int64_t least = -1;
    for (trivet_loop* loop : loops_) {
        const std::int64_t deadline = trivet_loop_deadline(loop);
        if (deadline >= 0 && (least < 0 || deadline < least)) {
            least = deadline;
        }
    }
    return static_cast<int>(std::min<std::int64_t>(least, 60'000));
}

void PageServer::turn() {
    for (std::size_t index = 0; index < loops_.size();) {
        trivet_loop* loop = loops_[index];
        trivet_loop_turn(loop, 0, nullptr, 0, nullptr);
        trivet_loop_flush(loop);
        trivet_loop_info info{};
        info.size = sizeof info;
        trivet_loop_get_info(loop, &info);
        if (info.state == TRIVET_STATE_DRAINED) {
            trivet_loop_free(loop);
            loops_.erase(loops_.begin() + static_cast<std::ptrdiff_t>(index));
        } else {
            ++index;
        }
    }
}

}  // namespace trivet::cli
