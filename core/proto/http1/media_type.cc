#include "proto/http1/media_type.h"

#include "base/ascii.h"

namespace trivet::http1 {

bool is_media_type(std::string_view content_type, std::string_view type) noexcept {
    return equal_ignoring_case(trimmed(content_type.substr(0, content_type.find(';'))), type);
}

}  // namespace trivet::http1
