// Arrays of strings from JavaScript.
#include "values.h"

namespace trivet_node {

static size_t utf8_size(napi_env env, napi_value text) {
    size_t size = 0;
    napi_get_value_string_utf8(env, text, nullptr, 0, &size);
    return size;
}

bool Texts::read(napi_env env, napi_value array) {
    uint32_t length = 0;
    if (napi_get_array_length(env, array, &length) != napi_ok || length == 0) {
        return true;
    }
    size_t total = 0;
    napi_value item = nullptr;
    for (uint32_t i = 0; i < length; ++i) {
        napi_get_element(env, array, i, &item);
        total += utf8_size(env, item) + 1;
    }
    texts_.reset(new (std::nothrow) trivet_str[length]);
    block_.reset(new (std::nothrow) char[total]);
    if (texts_ == nullptr || block_ == nullptr) {
        return false;
    }
    char* at = block_.get();
    for (uint32_t i = 0; i < length; ++i) {
        const auto room = static_cast<size_t>(block_.get() + total - at);
        size_t size = 0;
        *at = '\0';
        napi_get_element(env, array, i, &item);
        napi_get_value_string_utf8(env, item, at, room, &size);
        texts_[i] = {at, size};
        at += size + 1;
    }
    count_ = length;
    return true;
}

std::unique_ptr<char*[]> Texts::vector() const {
    std::unique_ptr<char*[]> result(new (std::nothrow) char*[count_ + 1]);
    if (result != nullptr) {
        for (size_t i = 0; i < count_; ++i) {
            result[i] = const_cast<char*>(texts_[i].data);
        }
        result[count_] = nullptr;
    }
    return result;
}

}  // namespace trivet_node
