#include "proto/http1/date.h"

#include <cstring>

namespace trivet::http1 {
namespace {

constexpr char kDays[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr char kMonths[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void write_two(char* out, int number) noexcept {
    out[0] = static_cast<char>('0' + number / 10 % 10);
    out[1] = static_cast<char>('0' + number % 10);
}

}  // namespace

void format_imf_fixdate(std::time_t time, char out[kDateBytes]) noexcept {
    std::tm parts{};
    gmtime_r(&time, &parts);
    const int year = parts.tm_year + 1900;
    std::memcpy(out, "Thu, 01 Jan 1970 00:00:00 GMT", kDateBytes);
    std::memcpy(out, kDays[parts.tm_wday], 3);
    write_two(out + 5, parts.tm_mday);
    std::memcpy(out + 8, kMonths[parts.tm_mon], 3);
    write_two(out + 12, year / 100);
    write_two(out + 14, year);
    write_two(out + 17, parts.tm_hour);
    write_two(out + 20, parts.tm_min);
    write_two(out + 23, parts.tm_sec);
}

}  // namespace trivet::http1
