#include "http/trailers.h"

#include "proto/http1/chunked.h"

namespace trivet::http {
namespace {

std::string_view trim(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

}  // namespace

bool Trailers::add(std::string_view piece, bool is_name, bool is_end) noexcept {
    const bool is_begin = is_name && !is_in_name_;
    is_full_ = is_full_ || (is_begin && count_ == kTrailersMax);
    if (is_full_) {
        return true;
    }
    if (is_begin) {
        places_[count_++] = {text_.size(), text_.size(), text_.size()};
        is_in_name_ = true;
    }
    if (!text_.append(piece)) {
        return false;
    }
    Place& place = places_[count_ - 1];
    place.end = text_.size();
    if (is_name) {
        place.value = place.end;
        is_in_name_ = !is_end;
    }
    return true;
}

void Trailers::finish() noexcept {
    const std::string_view text = text_.view();
    for (std::size_t index = 0; index < count_; ++index) {
        const Place& place = places_[index];
        const std::string_view name = text.substr(place.name, place.value - place.name);
        if (http1::is_trailer_field_allowed(name)) {
            fields_[kept_++] = {name, trim(text.substr(place.value, place.end - place.value))};
        }
    }
    count_ = 0;
}

}  // namespace trivet::http
