// Answers that are there as a whole, the engine's own among them.
#include <cstring>
#include <utility>

#include "http/connection.h"
#include "http/form.h"
#include "http/problem.h"
#include "http/server.h"

namespace trivet::http {
namespace {

constexpr std::string_view kRetryAfter = "1";
static_assert(kRetryAfterSeconds == 1);

}  // namespace

Status Connection::reply(Exchange& exchange, const Reply& reply) noexcept {
    const bool is_shaped = exchange.chain != nullptr && exchange.chain->shapes_answers();
    if (!exchange.adds_fields(reply.status)) {
        return is_shaped ? reply_by_rules(exchange, reply) : reply_with(exchange, reply);
    }
    Buffer gathered(server_.pool_);
    const auto fields = exchange.answer_fields(reply.fields, reply.status, gathered);
    if (!fields) {
        return server_.abandon(exchange);
    }
    Reply whole = reply;
    whole.fields = *fields;
    return is_shaped ? reply_by_rules(exchange, whole) : reply_with(exchange, whole);
}

Status Connection::reply_with(Exchange& exchange, const Reply& reply) noexcept {
    const bool keep_alive =
        may_keep_alive(exchange) && (!streams_content_ || may_read_past_content(exchange));
    const bool lingers = exchange.lingers;
    // The reply may point into the exchange, which therefore outlives the writing.
    exchange_ = nullptr;
    write(reply, &exchange, keep_alive);
    server_.give_back(exchange);
    if (phase_ != Phase::handling) {  // out of memory: aborted
        return Status::memory;
    }
    after_answer(keep_alive, lingers);
    return Status::ok;
}

// The answer is written, the exchange has ended.
void Connection::after_answer(bool keep_alive, bool lingers) noexcept {
    if (lingers || (streams_content_ && !keep_alive)) {
        linger();
        return;
    }
    if (streams_content_) {
        skip_content();
        return;
    }
    enter(Phase::idle);
    if (!keep_alive) {
        closes_after_send_ = true;
        return;
    }
    if (!is_consuming_ && !input_.empty()) {
        server_.resuming_.push_back(*this);
    } else if (stream_.is_paused()) {
        update_receiving();
    }
}

// Head and body in one piece; what `head` does not say yet is taken from the reply.
bool Connection::append_answer(http1::ResponseHead& head, const Reply& reply,
                               const Exchange* exchange, std::span<const http1::HeaderView> fields,
                               std::string_view body) noexcept {
    const bool is_bodiless = reply.status == 204 || reply.status == 304;
    head.status = static_cast<std::uint16_t>(reply.status);
    head.has_body_length = head.has_body_length && !is_bodiless;
    head.content_type = is_bodiless ? std::string_view{} : content_type(reply.content);
    head.date = server_.date();
    for (const http1::HeaderView& field : fields) {
        if (field.name.size == 4 && http1::field_name_equal(field.name, "date")) {
            head.date = {};
        } else if (field.name.size == 12 && http1::field_name_equal(field.name, "content-type")) {
            head.content_type = {};
        }
    }
    const std::size_t body_size = head.has_body_length ? body.size() : 0;
    const Chain* const chain = exchange != nullptr ? exchange->chain : nullptr;
    const std::size_t chain_size = chain != nullptr ? chain->fields_size_max() : 0;
    char* room =
        output_.reserve(http1::response_head_size_max(head, fields) + chain_size + body_size);
    if (room == nullptr) {
        return false;
    }
    char* end = http1::write_response_head(room, head, fields);
    if (chain != nullptr) {
        // In the place of the empty line.
        end = chain->write_fields(end - 2, *exchange, fields);
        *end++ = '\r';
        *end++ = '\n';
    }
    if (body_size > 0) {
        std::memcpy(end, body.data(), body_size);
        end += body_size;
    }
    output_.commit(static_cast<std::size_t>(end - room));
    ++server_.stats_.requests_total;
    mark_dirty();
    return true;
}

void Connection::write(const Reply& reply, const Exchange* exchange, bool keep_alive) noexcept {
    const bool is_head_request = exchange != nullptr && exchange->is_head_request();
    http1::ResponseHead head;
    head.request_version =
        static_cast<std::uint8_t>(exchange != nullptr ? exchange->view.version : 11);
    head.keep_alive = keep_alive;
    head.has_body_length = true;
    head.content_length = reply.body.size();
    if (!append_answer(head, reply, exchange, reply.fields,
                       is_head_request ? std::string_view{} : std::string_view{reply.body})) {
        abort(kNoMemory);
        return;
    }
    is_output_full_ = output_.size() > kOutputBytesMax;
}

bool Connection::may_keep_alive(const Exchange& exchange) const noexcept {
    // A peer that closed its side still gets the answers to all it had sent.
    const bool is_last =
        (is_ended_ && input_.empty()) || requests_ >= server_.limits_.requests_per_connection_max;
    return (exchange.view.flags & kKeepAlive) != 0 && !server_.is_draining_ && !is_last &&
           !exchange.lingers;
}

void Connection::write_problem(std::uint16_t status, std::string_view detail,
                               const Exchange* exchange, bool keep_alive,
                               const http1::HeaderView* field) noexcept {
    Buffer body(server_.pool_);
    if (!append_problem(body, status, detail)) {
        abort(kNoMemory);
        return;
    }
    const bool has_allow = status == 405 && exchange != nullptr && !exchange->allow.empty();
    const http1::HeaderView allow{"Allow", has_allow ? exchange->allow : Str{}};
    if (field == nullptr && has_allow) {
        field = &allow;
    }
    Reply reply{.status = status, .content = Content::problem, .fields = {}, .body = body.view()};
    if (field != nullptr) {
        reply.fields = {field, 1};
    }
    write(reply, exchange, keep_alive);
}

void Connection::refuse(std::uint16_t status, std::string_view detail) noexcept {
    Exchange* const exchange = std::exchange(exchange_, nullptr);
    write_problem(status, detail, exchange, false);
    if (exchange != nullptr) {
        server_.give_back(*exchange);
    }
    linger();
}

bool Connection::deliver_refusal(Exchange& exchange, std::string_view detail) noexcept {
    const Interests& interests = server_.interests_;
    if (exchange.refusal < 400 || (!interests.takes_refusals && !interests.maps_errors)) {
        return false;
    }
    server_.count_delivery(exchange);
    if (interests.takes_refusals) {
        exchange.view.refusal = exchange.refusal;
        exchange.route = kNoRoute;
        server_.dispatcher_.on_request(exchange);
    } else {
        server_.reply_problem(exchange, exchange.refusal, detail);
    }
    return true;
}

void Connection::refuse_unread(Exchange& exchange, std::uint16_t status, std::string_view detail,
                               const http1::HeaderView* field) noexcept {
    exchange.refusal = status;
    exchange.lingers = true;
    if (field != nullptr) {
        exchange.add_field(field->name, field->value);  // whoever answers
    }
    phase_ = Phase::handling;
    phase_since_ms_ = io::Deadline::kNone;
    if (deliver_refusal(exchange, detail)) {
        return;
    }
    write_problem(status, detail, &exchange, false, field);
    end_exchange();
    linger();
}

void Connection::answer_refusal(Exchange& exchange) noexcept {
    const bool keep_alive = may_keep_alive(exchange);
    if (exchange.refusal == 204) {
        const http1::HeaderView allow{"Allow", exchange.allow};
        write({.status = 204, .content = Content::none, .fields = {&allow, 1}, .body = {}},
              &exchange, keep_alive);
    } else {
        write_problem(exchange.refusal, {}, &exchange, keep_alive);
    }
    end_exchange();
    if (phase_ == Phase::closed) {
        return;
    }
    enter(Phase::idle);
    if (!keep_alive) {
        closes_after_send_ = true;
    }
}

void Connection::shed(Exchange& exchange, bool has_content) noexcept {
    const http1::HeaderView field{"Retry-After", kRetryAfter};
    const bool keep_alive = !has_content && may_keep_alive(exchange);
    ++server_.stats_.requests_shed_total;
    parser_.reset();
    write_problem(503, "too many requests are being handled", &exchange, keep_alive, &field);
    end_exchange();
    if (phase_ == Phase::closed) {
        return;
    }
    phase_ = Phase::handling;
    after_answer(keep_alive, has_content);
}

void Connection::give_up_handler() noexcept {
    Exchange& exchange = *exchange_;
    const std::uint32_t slot = exchange.slot;
    const std::uint32_t generation = exchange.generation;
    const bool keep_alive =
        may_keep_alive(exchange) && (!streams_content_ || may_read_past_content(exchange));
    exchange_ = nullptr;
    exchange.connection = nullptr;
    write_problem(503, "the handler took too long", &exchange, keep_alive);
    if (phase_ != Phase::closed) {
        after_answer(keep_alive, exchange.lingers);
    }
    server_.tell_gone(exchange);
    // A form that was to go on in a later turn of this connection, as in give_to_handler.
    if (server_.find(slot, generation) != nullptr && exchange.form() != nullptr &&
        exchange.form()->is_reading()) {
        server_.content_came(exchange);
    }
}

void Connection::end_exchange() noexcept {
    if (exchange_ != nullptr) {
        Exchange& exchange = *exchange_;
        exchange_ = nullptr;
        server_.give_back(exchange);
    }
}

}  // namespace trivet::http
