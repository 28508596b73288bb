#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace trivet::middleware {

// A Content-Security-Policy, CSP Level 3, put together directive by directive. The source 'nonce'
// stands for a number that each answer has of its own.
class Csp {
public:
    static constexpr std::size_t kDirectivesMax = 64;
    static constexpr std::size_t kBytesMax = 4096;
    static constexpr std::string_view kNonceSource = "'nonce'";

    // A directive with its sources, "script-src 'self' 'nonce'". Gives what is wrong.
    std::string add(std::string_view directive);

    bool empty() const noexcept { return names_.empty(); }
    bool has_nonce() const noexcept { return pieces_.size() > 1; }
    // The policy, cut where a nonce is to stand.
    const std::vector<std::string>& pieces() const noexcept { return pieces_; }

private:
    std::vector<std::string> names_;
    std::vector<std::string> pieces_{std::string()};
    std::size_t size_ = 0;
};

}  // namespace trivet::middleware
