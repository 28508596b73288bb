#include "proto/http1/media_type.h"

#include "proto/http1/field.h"

namespace trivet::http1 {

bool is_media_type(std::string_view content_type, std::string_view type) noexcept {
    const std::string_view essence = content_type.substr(0, content_type.find(';'));
    return field_name_equal(essence.substr(0, essence.find_last_not_of(" \t") + 1), type);
}

}  // namespace trivet::http1
