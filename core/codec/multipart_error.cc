#include "codec/multipart_error.h"

namespace trivet::codec {

std::string_view message(MultipartError error) noexcept {
    switch (error) {
        case MultipartError::media_type:
            return "the content is not multipart/form-data";
        case MultipartError::boundary:
            return "the boundary in Content-Type is missing or malformed";
        case MultipartError::delimiter:
            return "a boundary is followed by neither a line end nor two hyphens";
        case MultipartError::head:
            return "the head of a part is malformed";
        case MultipartError::disposition:
            return "a part has no Content-Disposition of form-data, or more than one, or a "
                   "malformed "
                   "one";
        case MultipartError::name_missing:
            return "a part has no name";
        case MultipartError::text:
            return "the name of a part or of its file is not UTF-8";
        case MultipartError::transfer_encoding:
            return "a part has a Content-Transfer-Encoding, which forms do not use";
        case MultipartError::truncated:
            return "the body ends before its closing boundary";
        case MultipartError::parts:
            return "the body has more parts than parts_max";
        case MultipartError::part_head_bytes:
            return "the head of a part is longer than part_head_bytes_max";
        case MultipartError::part_fields:
            return "a part has more fields than part_fields_max";
        case MultipartError::name_bytes:
            return "the name of a part is longer than name_bytes_max";
        case MultipartError::filename_bytes:
            return "the name of a file is longer than filename_bytes_max";
        case MultipartError::form_bytes:
            return "the parts that are no files are longer than form_bytes_max";
        case MultipartError::file_bytes:
            return "a file is longer than file_bytes_max";
        case MultipartError::body_bytes:
            return "the body is longer than body_bytes_max";
        case MultipartError::memory:
            return "out of memory";
    }
    return {};
}

unsigned status_of(MultipartError error) noexcept {
    switch (error) {
        case MultipartError::media_type:
            return 415;
        case MultipartError::boundary:
        case MultipartError::delimiter:
        case MultipartError::head:
        case MultipartError::disposition:
        case MultipartError::name_missing:
        case MultipartError::text:
        case MultipartError::transfer_encoding:
        case MultipartError::truncated:
            return 400;
        case MultipartError::parts:
        case MultipartError::part_head_bytes:
        case MultipartError::part_fields:
        case MultipartError::name_bytes:
        case MultipartError::filename_bytes:
        case MultipartError::form_bytes:
        case MultipartError::file_bytes:
        case MultipartError::body_bytes:
            return 413;
        case MultipartError::memory:
            return 503;
    }
    return 500;
}

}  // namespace trivet::codec
