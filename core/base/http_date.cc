#include "base/http_date.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <span>

namespace trivet {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void write_two(char* out, int number) noexcept {
    out[0] = static_cast<char>('0' + number / 10 % 10);
    out[1] = static_cast<char>('0' + number % 10);
}

// What stands in each format, one byte for each part; all others are themselves.
//   w W  day of the week, short and long     m  month
//   d e  day of the month, e with a space for its first zero
//   y Y  year in four digits and in two      h i s  hour, minute, second
constexpr std::string_view kImfFixdate = "w, d m y h:i:s GMT";
constexpr std::string_view kRfc850 = "W, d-m-Y h:i:s GMT";
constexpr std::string_view kAsctime = "w m e h:i:s y";

class DateReader {
public:
    explicit DateReader(std::string_view text) noexcept : rest_(text) {}

    bool read(std::string_view format) noexcept {
        return std::ranges::all_of(format, [this](char part) { return read_part(part); }) &&
               rest_.empty();
    }

    // nullopt: no such day, or no such time of a day.
    std::optional<std::int64_t> seconds(int year) const noexcept {
        using namespace std::chrono;
        const year_month_day date(std::chrono::year(year), month(static_cast<unsigned>(month_ + 1)),
                                  day(static_cast<unsigned>(day_)));
        // 60 is a leap second, and then the first of the next minute.
        if (!date.ok() || hour_ > 23 || minute_ > 59 || second_ > 60) {
            return std::nullopt;
        }
        return sys_seconds(sys_days(date)).time_since_epoch().count() + hour_ * 3600 +
               minute_ * 60 + second_;
    }
    int year() const noexcept { return year_; }

private:
    bool read_part(char part) noexcept {
        switch (part) {
            case 'w':
                return read_name(kDays, day_of_week_);
            case 'W':
                return read_name(kLongDays, day_of_week_);
            case 'm':
                return read_name(kMonths, month_);
            case 'd':
                return read_number(2, day_);
            case 'e':
                return rest_.starts_with(' ') ? read_part(' ') && read_number(1, day_)
                                              : read_number(2, day_);
            case 'y':
                return read_number(4, year_);
            case 'Y':
                return read_number(2, year_);
            case 'h':
                return read_number(2, hour_);
            case 'i':
                return read_number(2, minute_);
            case 's':
                return read_number(2, second_);
            default:
                break;
        }
        if (!rest_.starts_with(part)) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    bool read_name(std::span<const std::string_view> names, int& index) noexcept {
        index = 0;
        for (const std::string_view name : names) {
            if (rest_.starts_with(name)) {
                rest_.remove_prefix(name.size());
                return true;
            }
            ++index;
        }
        return false;
    }

    bool read_number(std::size_t digits, int& number) noexcept {
        if (rest_.size() < digits) {
            return false;
        }
        number = 0;
        for (const char byte : rest_.substr(0, digits)) {
            if (byte < '0' || byte > '9') {
                return false;
            }
            number = number * 10 + (byte - '0');
        }
        rest_.remove_prefix(digits);
        return true;
    }

    std::string_view rest_;
    int day_of_week_ = 0;
    int year_ = 0;
    int month_ = 0;
    int day_ = 0;
    int hour_ = 0;
    int minute_ = 0;
    int second_ = 0;
};

// Of the dates that two digits of a year may mean.
std::optional<std::int64_t> nearest(const DateReader& reader, std::int64_t now) noexcept {
    using namespace std::chrono;
    constexpr std::int64_t kFiftyYears = std::int64_t{50} * 31'556'952;
    const sys_seconds time{seconds(now)};
    const int current = static_cast<int>(year_month_day(floor<days>(time)).year());
    const int century = current / 100 * 100;
    for (const int year : {century, century + 100, century - 100}) {
        const auto date = reader.seconds(year + reader.year());
        if (date && *date <= now + kFiftyYears && *date > now - kFiftyYears) {
            return date;
        }
    }
    return std::nullopt;
}

}  // namespace

void format_imf_fixdate(std::time_t time, char out[kImfFixdateBytes]) noexcept {
    std::tm parts{};
    gmtime_r(&time, &parts);
    const int year = parts.tm_year + 1900;
    std::memcpy(out, "Thu, 01 Jan 1970 00:00:00 GMT", kImfFixdateBytes);
    std::memcpy(out, kDays[static_cast<std::size_t>(parts.tm_wday)].data(), 3);
    write_two(out + 5, parts.tm_mday);
    std::memcpy(out + 8, kMonths[static_cast<std::size_t>(parts.tm_mon)].data(), 3);
    write_two(out + 12, year / 100);
    write_two(out + 14, year);
    write_two(out + 17, parts.tm_hour);
    write_two(out + 20, parts.tm_min);
    write_two(out + 23, parts.tm_sec);
}

std::optional<std::int64_t> parse_http_date(std::string_view text, std::int64_t now) noexcept {
    if (DateReader reader(text); reader.read(kImfFixdate)) {
        return reader.seconds(reader.year());
    }
    if (DateReader reader(text); reader.read(kAsctime)) {
        return reader.seconds(reader.year());
    }
    if (DateReader reader(text); reader.read(kRfc850)) {
        return nearest(reader, now);
    }
    return std::nullopt;
}

}  // namespace trivet
