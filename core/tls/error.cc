#include "tls/error.h"

#include <openssl/err.h>

namespace trivet::tls {

std::string take_error() {
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    const char* const reason = ERR_reason_error_string(code);
    return code == 0           ? "unknown failure"
           : reason != nullptr ? reason
                               : "failure " + std::to_string(code);
}

}  // namespace trivet::tls
