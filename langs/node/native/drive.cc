// What libuv does with a loop.
#include "loop.h"

namespace trivet_node {

// A turn that fills all room is followed by another one at once, but libuv's own handles must get
// their share: the rest then waits for libuv's next iteration.
static constexpr int kTurnsMax = 4;

trivet_status LoopBox::attach() {
    if (is_attached_) {
        return TRIVET_E_STATE;
    }
    if (open_handles_ == 0) {
        const trivet_status status = open_handles();
        if (status != TRIVET_OK) {
            return status;
        }
    }
    is_attached_ = true;
    napi_reference_ref(addon_->env, memory_, nullptr);
    napi_reference_ref(addon_->env, on_turn_, nullptr);
    armed_until_ = 0;
    uv_poll_start(&poll_, UV_READABLE, on_poll);
    uv_prepare_start(&prepare_, on_prepare);
    return TRIVET_OK;
}

trivet_status LoopBox::open_handles() {
    const int fd = trivet_loop_fd(loop_);
    if (fd < 0 || uv_poll_init(addon_->uv, &poll_, fd) != 0) {
        return TRIVET_E_SYSTEM;
    }
    uv_prepare_init(addon_->uv, &prepare_);
    uv_timer_init(addon_->uv, &timer_);
    poll_.data = this;
    prepare_.data = this;
    timer_.data = this;
    open_handles_ = 3;
    ++addon_->open_loops;
    retain();
    // Only the poll handle keeps the process alive.
    uv_unref(reinterpret_cast<uv_handle_t*>(&prepare_));
    uv_unref(reinterpret_cast<uv_handle_t*>(&timer_));
    return TRIVET_OK;
}

void LoopBox::detach() {
    if (!is_attached_) {
        return;
    }
    is_attached_ = false;
    napi_reference_unref(addon_->env, memory_, nullptr);
    napi_reference_unref(addon_->env, on_turn_, nullptr);
    uv_poll_stop(&poll_);
    uv_prepare_stop(&prepare_);
    uv_timer_stop(&timer_);
}

void LoopBox::close_handles() {
    is_attached_ = false;
    if (open_handles_ == 0) {
        return;
    }
    uv_close(reinterpret_cast<uv_handle_t*>(&poll_), on_closed);
    uv_close(reinterpret_cast<uv_handle_t*>(&prepare_), on_closed);
    uv_close(reinterpret_cast<uv_handle_t*>(&timer_), on_closed);
}

void LoopBox::on_closed(uv_handle_t* handle) {
    auto* box = static_cast<LoopBox*>(handle->data);
    if (--box->open_handles_ == 0) {
        box->addon_->loop_closed();
        box->release();
    }
}

void LoopBox::set_referenced(bool is_referenced) {
    if (!is_attached_) {
        return;
    }
    auto* handle = reinterpret_cast<uv_handle_t*>(&poll_);
    if (is_referenced) {
        uv_ref(handle);
    } else {
        uv_unref(handle);
    }
}

void LoopBox::on_poll(uv_poll_t* handle, int, int) { static_cast<LoopBox*>(handle->data)->drive(); }

void LoopBox::on_deadline(uv_timer_t* handle) {
    auto* box = static_cast<LoopBox*>(handle->data);
    box->armed_until_ = 0;
    box->drive();
}

// Runs before libuv sleeps: what handlers left in this iteration goes out now.
void LoopBox::on_prepare(uv_prepare_t* handle) {
    auto* box = static_cast<LoopBox*>(handle->data);
    box->replay();
    trivet_loop_flush(box->loop_);
    box->arm();
}

// libuv's timer is moved only when it would ring too late; one that rings early costs a turn.
void LoopBox::arm() {
    const int64_t deadline_ms = trivet_loop_deadline(loop_);
    if (deadline_ms < 0) {
        return;
    }
    const uint64_t until = uv_now(addon_->uv) + static_cast<uint64_t>(deadline_ms);
    if (armed_until_ != 0 && armed_until_ <= until) {
        return;
    }
    armed_until_ = until == 0 ? 1 : until;
    uv_timer_start(&timer_, on_deadline, static_cast<uint64_t>(deadline_ms), 0);
}

void LoopBox::drive() {
    for (int turns = 0; turns < kTurnsMax && is_attached_; ++turns) {
        size_t count = 0;
        const trivet_status status = turn(0, &count);
        if (status != TRIVET_OK) {
            detach();
            write_event(0, kEventFailure, static_cast<uint32_t>(status), 0);
            count = 1;
        }
        if (count == 0) {
            return;
        }
        const bool is_full = count == kEventsMax;
        deliver(count);
        if (!is_full) {
            return;
        }
    }
}

// One call for the whole batch. Leaving it runs process.nextTick and the promise jobs, so that
// handlers that finish without waiting have written their answers when it returns.
void LoopBox::deliver(size_t count) {
    napi_env env = addon_->env;
    napi_handle_scope scope = nullptr;
    if (napi_open_handle_scope(env, &scope) != napi_ok) {
        return;
    }
    retain();
    napi_value function = nullptr;
    napi_value receiver = nullptr;
    napi_value argument = nullptr;
    napi_get_reference_value(env, on_turn_, &function);
    napi_get_global(env, &receiver);
    napi_create_uint32(env, static_cast<uint32_t>(count), &argument);
    is_delivering_ = true;
    const napi_status status =
        napi_make_callback(env, context_, receiver, function, 1, &argument, nullptr);
    if (status == napi_pending_exception) {
        napi_value error = nullptr;
        napi_get_and_clear_last_exception(env, &error);
        napi_fatal_exception(env, error);
    }
    napi_close_handle_scope(env, scope);
    is_delivering_ = false;
    if (loop_ == nullptr) {
        forget();
    } else {
        replay();
    }
    release();
}

}  // namespace trivet_node
