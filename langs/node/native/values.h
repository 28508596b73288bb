#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "addon.h"

namespace trivet_node {

inline constexpr size_t kArgumentsMax = 16;

// The arguments of one call from JavaScript. Missing ones read as undefined.
class Arguments {
public:
    Arguments(napi_env env, napi_callback_info info);

    [[nodiscard]] napi_env env() const { return env_; }
    [[nodiscard]] Addon* addon() const { return addon_; }
    [[nodiscard]] napi_value at(size_t index) const { return values_[index]; }
    // Numbers that are none read as 0: the TypeScript side has checked them.
    [[nodiscard]] uint32_t u32(size_t index) const;
    [[nodiscard]] int32_t i32(size_t index) const;
    [[nodiscard]] int64_t i64(size_t index) const;
    [[nodiscard]] uint64_t big_u64(size_t index) const;
    [[nodiscard]] bool flag(size_t index) const;
    [[nodiscard]] bool is_nullish(size_t index) const;
    // A request's handle travels as two int32 words, low one first: V8 boxes neither of them.
    [[nodiscard]] trivet_request request(size_t index) const {
        return static_cast<uint64_t>(static_cast<uint32_t>(i32(index + 1))) << 32U |
               static_cast<uint32_t>(i32(index));
    }
    template <typename Box>
    [[nodiscard]] Box* external(size_t index) const {
        void* data = nullptr;
        napi_get_value_external(env_, values_[index], &data);
        return static_cast<Box*>(data);
    }

private:
    napi_env env_;
    Addon* addon_ = nullptr;
    napi_value values_[kArgumentsMax] = {};
};

// The bytes of a JavaScript string as UTF-8, or of a Uint8Array as they are; empty for anything
// else. Short strings stay on the stack. Lives for one call; fails only for want of memory.
class Bytes {
public:
    Bytes(napi_env env, napi_value value);
    ~Bytes();
    Bytes(const Bytes&) = delete;
    Bytes& operator=(const Bytes&) = delete;

    [[nodiscard]] trivet_str view() const { return {data_, size_}; }
    [[nodiscard]] bool is_out_of_memory() const { return is_out_of_memory_; }

private:
    void read_string(napi_env env, napi_value value);

    const char* data_ = nullptr;
    size_t size_ = 0;
    char* heap_ = nullptr;
    bool is_out_of_memory_ = false;
    char stack_[2048];
};

// The texts of a JavaScript array of strings in one block of memory, each ending with a NUL that is
// not counted. Lives for one call.
class Texts {
public:
    // false when memory is out.
    bool read(napi_env env, napi_value array);

    [[nodiscard]] size_t count() const { return count_; }
    [[nodiscard]] trivet_str operator[](size_t index) const { return texts_[index]; }
    // As execve() and main() want them; nullptr when memory is out.
    [[nodiscard]] std::unique_ptr<char*[]> vector() const;

private:
    std::unique_ptr<trivet_str[]> texts_;
    std::unique_ptr<char[]> block_;
    size_t count_ = 0;
};

// [name, value, name, value, …] as trivet_header or trivet_param items.
template <typename Item>
class Pairs {
public:
    // false when memory is out.
    bool read(napi_env env, napi_value array) {
        if (!texts_.read(env, array)) {
            return false;
        }
        count_ = texts_.count() / 2;
        if (count_ == 0) {
            return true;
        }
        items_.reset(new (std::nothrow) Item[count_]);
        for (size_t i = 0; items_ != nullptr && i < count_; ++i) {
            items_[i] = {texts_[i * 2], texts_[i * 2 + 1]};
        }
        return items_ != nullptr;
    }

    [[nodiscard]] const Item* data() const { return items_.get(); }
    [[nodiscard]] size_t count() const { return count_; }

private:
    Texts texts_;
    std::unique_ptr<Item[]> items_;
    size_t count_ = 0;
};

// nullptr, with an error thrown, when app_main has consumed the app.
AppBox* live_app(const Arguments& arguments);

napi_value make_string(napi_env env, trivet_str text);
napi_value make_number(napi_env env, double value);
napi_value make_boolean(napi_env env, bool value);
// A copy that JavaScript owns.
napi_value make_buffer(napi_env env, trivet_str bytes);
napi_value make_status(napi_env env, trivet_status status);
napi_value make_undefined(napi_env env);
// [name, value, name, value, …]; trivet_header and trivet_param both have name and value.
template <typename Item>
napi_value make_pairs(napi_env env, const Item* items, size_t count) {
    napi_value result = nullptr;
    napi_create_array_with_length(env, count * 2, &result);
    for (size_t i = 0; i < count; ++i) {
        const auto at = static_cast<uint32_t>(i * 2);
        napi_set_element(env, result, at, make_string(env, items[i].name));
        napi_set_element(env, result, at + 1, make_string(env, items[i].value));
    }
    return result;
}

napi_value make_route(napi_env env, const trivet_route_info& route);
void set_property(napi_env env, napi_value object, const char* name, napi_value value);

// Throws a TrivetError and returns nullptr, so that a callback can return it. The second form
// takes the details of a failed cold call and frees them.
napi_value throw_status(Addon* addon, trivet_status status, trivet_str detail = {},
                        trivet_str message = {});
napi_value throw_error(Addon* addon, trivet_status status, trivet_error* error);
// undefined for success, a throw for anything else.
napi_value check(Addon* addon, trivet_status status);

}  // namespace trivet_node
