// A loop's life: creation, turns, answers, end. drive.cc has what libuv does with it.
#include "loop.h"

#include <new>

namespace trivet_node {

static void finalize_loop(napi_env, void* data, void*) {
    auto* box = static_cast<LoopBox*>(data);
    box->close();
    box->release();
}

// (app, flags, host, port, listenFd, controlFd, memory, resource, onTurn)
napi_value LoopBox::create(const Arguments& arguments) {
    napi_env env = arguments.env();
    auto* app = arguments.external<AppBox>(0);
    if (app == nullptr || app->app == nullptr) {
        return throw_status(arguments.addon(), TRIVET_E_STATE);
    }
    const Bytes host(env, arguments.at(2));
    trivet_loop_config config;
    trivet_loop_config_init(&config, sizeof(config));
    config.flags = arguments.u32(1);
    if (!arguments.is_nullish(2)) {
        config.host = host.view();
    }
    config.port = arguments.u32(3);
    config.listen_fd = arguments.i32(4);
    config.control_fd = arguments.i32(5);
    void* memory = nullptr;
    size_t memory_bytes = 0;
    napi_get_arraybuffer_info(env, arguments.at(6), &memory, &memory_bytes);
    if (memory_bytes != kSharedBytes) {
        return throw_status(arguments.addon(), TRIVET_E_ARGUMENT);
    }
    auto* box = new (std::nothrow) LoopBox();
    if (box == nullptr) {
        return throw_status(arguments.addon(), TRIVET_E_MEMORY);
    }
    trivet_error* error = nullptr;
    const trivet_status status = trivet_loop_new(app->app, &config, &box->loop_, &error);
    if (status != TRIVET_OK) {
        delete box;
        return throw_error(arguments.addon(), status, error);
    }
    box->addon_ = arguments.addon();
    box->addon_->retain();
    box->app_ = app;
    ++app->references;
    box->shared_ = static_cast<uint32_t*>(memory);
    napi_value name = make_string(env, trivet_lit("trivet"));
    napi_create_reference(env, arguments.at(6), 0, &box->memory_);
    napi_create_reference(env, arguments.at(8), 0, &box->on_turn_);
    napi_async_init(env, arguments.at(7), name, &box->context_);
    box->link();
    napi_value result = nullptr;
    napi_create_external(env, box, finalize_loop, nullptr, &result);
    return result;
}

void LoopBox::link() {
    next_ = addon_->first_loop;
    if (next_ != nullptr) {
        next_->previous_ = this;
    }
    addon_->first_loop = this;
}

void LoopBox::unlink() {
    if (next_ != nullptr) {
        next_->previous_ = previous_;
    }
    if (previous_ != nullptr) {
        previous_->next_ = next_;
    } else if (addon_->first_loop == this) {
        addon_->first_loop = next_;
    }
    next_ = nullptr;
    previous_ = nullptr;
}

void LoopBox::release() {
    if (--references_ > 0) {
        return;
    }
    unlink();
    Addon* addon = addon_;
    AppBox* app = app_;
    delete this;
    app->release();
    addon->release();
}

void LoopBox::close() {
    if (loop_ == nullptr || is_turning_) {
        return;
    }
    close_handles();
    trivet_loop_free(loop_);
    loop_ = nullptr;
    if (!is_delivering_) {
        forget();
    }
}

void LoopBox::forget() {
    shared_ = nullptr;
    napi_async_destroy(addon_->env, context_);
    napi_delete_reference(addon_->env, memory_);
    napi_delete_reference(addon_->env, on_turn_);
}

void LoopBox::write_event(size_t index, uint32_t kind, uint32_t first, uint64_t second) {
    uint32_t* words = shared_ + kEventsOffset / 4 + index * kEventWords;
    words[0] = kind;
    words[1] = first;
    words[2] = static_cast<uint32_t>(second);
    words[3] = static_cast<uint32_t>(second >> 32U);
}

// A route's number travels in place of a pointer.
static uint32_t number_of(const void* user_data) {
    return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(user_data));
}

size_t LoopBox::write_events(size_t count) {
    for (size_t i = 0; i < count; ++i) {
        const trivet_event& event = events_[i];
        switch (event.kind) {
            case TRIVET_EVENT_WATCH:
                write_event(i, event.kind, static_cast<uint32_t>(event.fd), event.ready);
                break;
            case TRIVET_EVENT_WRITABLE:
            case TRIVET_EVENT_CONTENT:
            case TRIVET_EVENT_FORM:
                write_event(i, event.kind, static_cast<uint32_t>(event.status), event.request);
                break;
            default:
                write_event(i, event.kind, number_of(event.user_data), event.request);
                break;
        }
    }
    return write_own_events(count);
}

size_t LoopBox::write_own_events(size_t count) {
    size_t fired = 0;
    while (fired < fired_.size() && count < kEventsMax) {
        write_event(count++, kEventTimer, fired_[fired++], 0);
    }
    fired_.erase(fired_.begin(), fired_.begin() + static_cast<std::ptrdiff_t>(fired));
    size_t refused = 0;
    while (refused < refusals_.size() && count < kEventsMax) {
        const Refusal& refusal = refusals_[refused++];
        write_event(count++, kEventRefusal, static_cast<uint32_t>(refusal.status), refusal.request);
    }
    refusals_.erase(refusals_.begin(), refusals_.begin() + static_cast<std::ptrdiff_t>(refused));
    return count;
}

trivet_status LoopBox::turn(int64_t timeout_ms, size_t* out_count) {
    if (is_turning_) {
        return TRIVET_E_STATE;
    }
    is_turning_ = true;
    size_t count = 0;
    const trivet_status status = trivet_loop_turn(
        loop_, fired_.empty() && refusals_.empty() ? timeout_ms : 0, events_, kEventsMax, &count);
    is_turning_ = false;
    *out_count = write_events(count);
    return status;
}

trivet_status LoopBox::run() {
    if (is_turning_) {
        return TRIVET_E_STATE;
    }
    is_turning_ = true;
    const trivet_status status = trivet_loop_run(loop_);
    is_turning_ = false;
    return status;
}

// The answers that have no function of their own.
static void send_record(const trivet_reply_record& record, trivet_str body) {
    if (record.content == TRIVET_CONTENT_NONE && body.size == 0) {
        trivet_reply_empty(record.request, record.status);
        return;
    }
    trivet_reply reply;
    trivet_reply_init(&reply, sizeof(reply));
    reply.status = record.status;
    reply.content = record.content;
    reply.body = body;
    trivet_reply_send(record.request, &reply);
}

static void send_packed(const trivet_reply_record& record, trivet_str body) {
    switch (record.content) {
        case TRIVET_CONTENT_TEXT:
            trivet_reply_text(record.request, record.status, body);
            break;
        case TRIVET_CONTENT_JSON:
            trivet_reply_json(record.request, record.status, body);
            break;
        case TRIVET_CONTENT_HTML:
            trivet_reply_html(record.request, record.status, body);
            break;
        case TRIVET_CONTENT_BYTES:
            trivet_reply_bytes(record.request, record.status, body);
            break;
        default:
            send_record(record, body);
            break;
    }
}

// Whether to wait for room is asked by the writer's next call of its own.
static trivet_status take_step(const trivet_reply_record& record, trivet_str body) {
    uint32_t wait = 0;
    trivet_reply reply;
    switch (record.kind) {
        case TRIVET_POST_BEGIN:
            trivet_reply_init(&reply, sizeof(reply));
            reply.status = record.status;
            reply.content = record.content;
            return trivet_reply_begin(record.request, record.length, &reply);
        case TRIVET_POST_WRITE:
            return trivet_reply_write(record.request, body, &wait);
        case TRIVET_POST_END:
            return trivet_reply_end(record.request, nullptr, 0);
        default:
            return trivet_reply_abort(record.request);
    }
}

// A refusal ends the answer: with the steps that follow in the memory it would look complete, and
// after an END nobody waits for one. JavaScript hears of it in the next turn, which must not wait
// for anything else.
void LoopBox::replay_step(const trivet_reply_record& record, trivet_str body) {
    const trivet_status status = take_step(record, body);
    if (status == TRIVET_OK) {
        return;
    }
    if (status != TRIVET_E_STALE && status != TRIVET_E_GONE) {
        trivet_reply_fail(record.request, trivet_status_name(status), {});
    }
    refusals_.push_back({status, record.request});
    trivet_loop_wake(loop_);
}

// A status of a whole answer has nobody to hear it: the client has gone, or the engine has counted
// the answer as stale.
void LoopBox::replay() {
    if (loop_ == nullptr || shared_[0] == 0) {
        return;
    }
    const char* at = reinterpret_cast<const char*>(shared_) + kRepliesOffset;
    const char* end = at + shared_[0];
    shared_[0] = 0;
    while (at < end) {
        const auto* record = reinterpret_cast<const trivet_reply_record*>(at);
        const trivet_str body = {at + sizeof(*record), static_cast<size_t>(record->body_bytes)};
        if (record->kind == TRIVET_POST_REPLY) {
            send_packed(*record, body);
        } else {
            replay_step(*record, body);
        }
        at += sizeof(*record) + (body.size + 7) / 8 * 8;
    }
}

// An earlier event of the batch may have ended the request, and its content with it.
trivet_status LoopBox::content(uint32_t index, trivet_str* out_bytes) const {
    const trivet_request_view* view = nullptr;
    if (index >= kEventsMax || events_[index].kind != TRIVET_EVENT_CONTENT) {
        return TRIVET_E_ARGUMENT;
    }
    *out_bytes = events_[index].content;
    return events_[index].status != TRIVET_OK ? TRIVET_OK
                                              : trivet_request_get(events_[index].request, &view);
}

void LoopBox::on_timer(void* user_data) {
    const auto* timer = static_cast<Timer*>(user_data);
    timer->box->fired_.push_back(timer->id);
}

trivet_status LoopBox::start_timer(uint64_t delay_ms, uint32_t id, trivet_timer* out_timer) {
    auto* timer = new (std::nothrow) Timer{this, id};
    if (timer == nullptr) {
        return TRIVET_E_MEMORY;
    }
    const auto drop = [](void* user_data) { delete static_cast<Timer*>(user_data); };
    const trivet_status status =
        trivet_loop_timer_start(loop_, delay_ms, on_timer, timer, drop, out_timer);
    if (is_attached_) {
        arm();
    }
    return status;
}

LoopBox* live_loop(const Arguments& arguments) {
    auto* box = arguments.external<LoopBox>(0);
    if (box != nullptr && box->loop() != nullptr) {
        return box;
    }
    throw_status(arguments.addon(), TRIVET_E_STATE);
    return nullptr;
}

static napi_value loop_new(napi_env env, napi_callback_info info) {
    return LoopBox::create(Arguments(env, info));
}

static napi_value loop_wait(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const LoopBox* box = live_loop(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    return check(arguments.addon(), trivet_loop_wait(box->loop(), arguments.i64(1)));
}

// Gives the number of events; they lie in the shared memory.
static napi_value loop_turn(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    LoopBox* box = live_loop(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    box->replay();
    size_t count = 0;
    const trivet_status status = box->turn(arguments.i64(1), &count);
    return status == TRIVET_OK ? make_number(env, static_cast<double>(count))
                               : throw_status(arguments.addon(), status);
}

static napi_value loop_run(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    LoopBox* box = live_loop(arguments);
    return box == nullptr ? nullptr : check(arguments.addon(), box->run());
}

static napi_value loop_replay(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    LoopBox* box = live_loop(arguments);
    if (box != nullptr) {
        box->replay();
    }
    return box == nullptr ? nullptr : make_undefined(env);
}

static napi_value loop_start(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    LoopBox* box = live_loop(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    trivet_error* error = nullptr;
    const trivet_status status = trivet_loop_start(box->loop(), &error);
    return status == TRIVET_OK ? make_undefined(env)
                               : throw_error(arguments.addon(), status, error);
}

static napi_value loop_attach(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    LoopBox* box = live_loop(arguments);
    return box == nullptr ? nullptr : check(arguments.addon(), box->attach());
}

static napi_value loop_detach(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    LoopBox* box = live_loop(arguments);
    if (box != nullptr) {
        box->detach();
    }
    return box == nullptr ? nullptr : make_undefined(env);
}

static napi_value loop_set_referenced(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    LoopBox* box = live_loop(arguments);
    if (box != nullptr) {
        box->set_referenced(arguments.flag(1));
    }
    return box == nullptr ? nullptr : make_undefined(env);
}

// A closed loop stays closed: no error, as for any other close.
static napi_value loop_free(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    auto* box = arguments.external<LoopBox>(0);
    if (box->is_turning()) {
        return throw_status(arguments.addon(), TRIVET_E_STATE);
    }
    box->close();
    return make_undefined(env);
}

void export_loop(Addon* addon, napi_value exports) {
    static constexpr Export kExports[] = {
        {"loopNew", loop_new},
        {"loopWait", loop_wait},
        {"loopTurn", loop_turn},
        {"loopRun", loop_run},
        {"loopReplay", loop_replay},
        {"loopStart", loop_start},
        {"loopAttach", loop_attach},
        {"loopDetach", loop_detach},
        {"loopSetReferenced", loop_set_referenced},
        {"loopFree", loop_free},
    };
    add_exports(addon, exports, kExports);
}

}  // namespace trivet_node
