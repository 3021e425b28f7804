#include "zone.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace scripts {
namespace {

namespace chrono = std::chrono;

constexpr std::size_t kMaxFile = 64 * 1024;
constexpr std::size_t kMaxChanges = 4000;
constexpr std::int32_t kMaxOffset = 26 * 3600; // RFC 8536 section 3.2: less than 26 hours
constexpr const char* kFolder = "/usr/share/zoneinfo/";

[[noreturn]] void refuse(const char* what) {
    throw std::invalid_argument(what);
}

class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}
    std::string_view take(std::size_t size) {
        if (size > bytes_.size())
            refuse("the zone file ends early");
        const auto taken = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return taken;
    }
    std::int64_t integer(std::size_t size) {
        std::uint64_t value = 0;
        for (const char byte : take(size))
            value = value << 8 | static_cast<unsigned char>(byte);
        return size == 4 ? static_cast<std::int32_t>(value) : static_cast<std::int64_t>(value);
    }
    std::string_view rest() const { return bytes_; }

private:
    std::string_view bytes_;
};

struct Header {
    char version = 0;
    std::size_t isUt = 0, isStd = 0, leap = 0, times = 0, types = 0, characters = 0;
    std::size_t bodySize(std::size_t timeSize) const {
        return times * timeSize + times + types * 6 + characters + leap * (timeSize + 4) + isStd +
               isUt;
    }
};

Header headerOf(Reader& reader) {
    if (reader.take(4) != "TZif")
        refuse("no zone file");
    Header header;
    header.version = reader.take(1)[0];
    reader.take(15);
    for (auto* count : {&header.isUt, &header.isStd, &header.leap, &header.times, &header.types,
                        &header.characters}) {
        const auto value = reader.integer(4);
        if (value < 0 || value > static_cast<std::int64_t>(kMaxChanges))
            refuse("the zone file has too many entries");
        *count = static_cast<std::size_t>(value);
    }
    if (header.types == 0)
        refuse("the zone file has no type of time");
    return header;
}

bool digits(std::string_view& text, int max, int& value) {
    value = 0;
    std::size_t count = 0;
    while (count < text.size() && count < 3 && text[count] >= '0' && text[count] <= '9')
        value = value * 10 + (text[count++] - '0');
    text.remove_prefix(count);
    return count > 0 && value <= max;
}

bool skipName(std::string_view& text) {
    if (text.starts_with('<')) {
        const auto end = text.find('>');
        if (end == std::string_view::npos)
            return false;
        text.remove_prefix(end + 1);
        return true;
    }
    std::size_t count = 0;
    while (count < text.size() && ((text[count] >= 'A' && text[count] <= 'Z') ||
                                   (text[count] >= 'a' && text[count] <= 'z')))
        ++count;
    text.remove_prefix(count);
    return count >= 3;
}

/// [+-]hh[:mm[:ss]]
bool clock(std::string_view& text, std::int64_t& seconds) {
    const bool isNegative = text.starts_with('-');
    if (isNegative || text.starts_with('+'))
        text.remove_prefix(1);
    int hours = 0, minutes = 0, rest = 0;
    if (!digits(text, 167, hours))
        return false;
    const auto more = [&](int& value) {
        if (!text.starts_with(':'))
            return true;
        text.remove_prefix(1);
        return digits(text, 59, value);
    };
    if (!more(minutes) || !more(rest))
        return false;
    seconds = hours * 3600 + minutes * 60 + rest;
    if (isNegative)
        seconds = -seconds;
    return true;
}

} // namespace

Zone Zone::utc() {
    return Zone(std::make_shared<Data>());
}

Zone Zone::parse(std::string_view bytes) {
    if (bytes.size() > kMaxFile)
        refuse("the zone file is too long");
    Reader reader(bytes);
    auto header = headerOf(reader);
    std::size_t timeSize = 4;
    if (header.version >= '2') { // the second half has 64-bit times
        reader.take(header.bodySize(4));
        header = headerOf(reader);
        timeSize = 8;
    }
    auto data = std::make_shared<Data>();
    std::vector<std::int64_t> times;
    for (std::size_t at = 0; at < header.times; ++at) {
        times.push_back(reader.integer(timeSize));
        if (at > 0 && times[at] <= times[at - 1])
            refuse("the changes of the zone file are in disorder");
    }
    const auto which = reader.take(header.times);
    std::vector<std::int32_t> offsets;
    for (std::size_t at = 0; at < header.types; ++at) {
        const auto offset = reader.integer(4);
        if (offset <= -kMaxOffset || offset >= kMaxOffset)
            refuse("the zone file has an impossible offset");
        offsets.push_back(static_cast<std::int32_t>(offset));
        reader.take(2);
    }
    reader.take(header.characters + header.leap * (timeSize + 4) + header.isStd + header.isUt);
    data->first = offsets[0];
    for (std::size_t at = 0; at < header.times; ++at) {
        const auto type = static_cast<unsigned char>(which[at]);
        if (type >= offsets.size())
            refuse("the zone file names a type that it does not have");
        data->changes.push_back({times[at], offsets[type]});
    }
    if (timeSize == 8 && reader.rest().starts_with('\n')) {
        const auto footer = reader.rest().substr(1, reader.rest().find('\n', 1) - 1);
        data->hasRules = parseFooter(footer, data->rules);
    }
    return Zone(data);
}

bool Zone::parseFooter(std::string_view text, Rules& rules) {
    const auto offset = [&](std::int32_t& into) {
        std::int64_t west = 0; // POSIX counts hours west of Greenwich
        if (!clock(text, west) || west <= -kMaxOffset || west >= kMaxOffset)
            return false;
        into = static_cast<std::int32_t>(-west);
        return true;
    };
    const auto day = [&](Day& into) {
        if (!text.starts_with(",M"))
            return false;
        text.remove_prefix(2);
        if (!digits(text, 12, into.month) || into.month == 0 || !text.starts_with('.'))
            return false;
        text.remove_prefix(1);
        if (!digits(text, 5, into.week) || into.week == 0 || !text.starts_with('.'))
            return false;
        text.remove_prefix(1);
        if (!digits(text, 6, into.day))
            return false;
        if (!text.starts_with('/'))
            return true;
        text.remove_prefix(1);
        return clock(text, into.seconds);
    };
    if (!skipName(text) || !offset(rules.standard))
        return false;
    if (text.empty())
        return true;
    if (!skipName(text))
        return false;
    rules.summer = rules.standard + 3600;
    if (!text.empty() && text[0] != ',' && !offset(rules.summer))
        return false;
    rules.hasSummer = true;
    return day(rules.begin) && day(rules.end) && text.empty();
}

/// Seconds since 1970 of the rule's local moment in that year, as if local time were UTC.
std::int64_t Zone::dayIn(int year, const Day& day) {
    const chrono::weekday weekday(static_cast<unsigned>(day.day));
    const auto month = chrono::year(year) / static_cast<int>(day.month);
    const chrono::sys_days days =
        day.week == 5 ? chrono::sys_days(month / weekday[chrono::last])
                      : chrono::sys_days(month / weekday[static_cast<unsigned>(day.week)]);
    return chrono::duration_cast<chrono::seconds>(days.time_since_epoch()).count() + day.seconds;
}

std::int64_t Zone::offsetBy(const Rules& rules, std::int64_t time) {
    if (!rules.hasSummer)
        return rules.standard;
    const chrono::sys_seconds local{chrono::seconds(time + rules.standard)};
    const chrono::year_month_day date{chrono::floor<chrono::days>(local)};
    const auto year = static_cast<int>(date.year());
    const auto begin = dayIn(year, rules.begin) - rules.standard;
    const auto end = dayIn(year, rules.end) - rules.summer;
    // South of the equator summer goes over the turn of the year.
    const bool isSummer = begin < end ? time >= begin && time < end : time >= begin || time < end;
    return isSummer ? rules.summer : rules.standard;
}

std::int64_t Zone::offsetAt(std::int64_t time) const {
    const auto& changes = data_->changes;
    const auto next = std::upper_bound(
        changes.begin(), changes.end(), time,
        [](std::int64_t value, const Change& change) { return value < change.at; });
    if (next == changes.end() && data_->hasRules)
        return offsetBy(data_->rules, time);
    return next == changes.begin() ? data_->first : std::prev(next)->offset;
}

Zone Zone::load(const std::string& name) {
    if (name == "UTC")
        return utc();
    const bool isPlain = name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
                             return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                    (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '+' ||
                                    c == '/';
                         });
    if (!isPlain || name.starts_with('/') || name.find("//") != std::string::npos)
        refuse("no such time zone");
    std::ifstream file(name.empty() ? std::string("/etc/localtime") : kFolder + name,
                       std::ios::binary);
    std::string bytes;
    if (file.is_open()) {
        bytes.resize(kMaxFile + 1);
        file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        bytes.resize(static_cast<std::size_t>(file.gcount()));
    }
    if (bytes.empty() && name.empty())
        return utc(); // as the C library does without /etc/localtime
    if (bytes.empty())
        refuse("no such time zone");
    return parse(bytes);
}

} // namespace scripts
