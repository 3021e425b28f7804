#include "cron.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

namespace scripts {
namespace {

namespace chrono = std::chrono;

struct Field {
    const char* name;
    int low, high;
    std::vector<std::string_view> words; ///< for `low`, `low + 1`, ...
};

const std::array<Field, 5>& fields() {
    static const std::array<Field, 5> kFields{{
        {"minute", 0, 59, {}},
        {"hour", 0, 23, {}},
        {"day of the month", 1, 31, {}},
        {"month",
         1,
         12,
         {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
        {"day of the week", 0, 7, {"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
    }};
    return kFields;
}

[[noreturn]] void refuse(const Field& field, const std::string& what) {
    throw CronError(std::string(field.name) + ": " + what);
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (auto& c : result) {
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

int number(const Field& field, std::string_view text, int high) {
    const auto word = lower(text);
    const auto known = std::find(field.words.begin(), field.words.end(), std::string_view(word));
    if (known != field.words.end())
        return field.low + static_cast<int>(known - field.words.begin());
    const bool isNumber =
        !text.empty() && text.size() <= 3 &&
        std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!isNumber)
        refuse(field, "expected a number, got \"" + std::string(text.substr(0, 20)) + "\"");
    int value = 0;
    for (const char c : text)
        value = value * 10 + (c - '0');
    if (value < field.low || value > high) {
        refuse(field, std::to_string(value) + " is not from " + std::to_string(field.low) + " to " +
                          std::to_string(high));
    }
    return value;
}

std::uint64_t item(const Field& field, std::string_view text) {
    int step = 1;
    bool hasStep = false;
    if (const auto slash = text.find('/'); slash != std::string_view::npos) {
        const Field steps{field.name, 1, field.high, {}};
        step = number(steps, text.substr(slash + 1), std::max(field.high, 1));
        hasStep = true;
        text = text.substr(0, slash);
    }
    int from = field.low, to = field.high;
    if (text != "*") {
        const auto dash = text.find('-');
        from = number(field, text.substr(0, dash), field.high);
        to = dash == std::string_view::npos ? (hasStep ? field.high : from)
                                            : number(field, text.substr(dash + 1), field.high);
        if (from > to)
            refuse(field, "a range ends before it begins");
    }
    std::uint64_t bits = 0;
    for (int value = from; value <= to; value += step)
        bits |= std::uint64_t{1} << value;
    return bits;
}

std::uint64_t parseField(const Field& field, std::string_view text) {
    std::uint64_t bits = 0;
    while (true) {
        const auto comma = text.find(',');
        bits |= item(field, text.substr(0, comma));
        if (comma == std::string_view::npos)
            return bits;
        text.remove_prefix(comma + 1);
    }
}

std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> found;
    while (true) {
        const auto begin = text.find_first_not_of(" \t");
        if (begin == std::string_view::npos)
            return found;
        const auto end = std::min(text.find_first_of(" \t", begin), text.size());
        found.push_back(text.substr(begin, end - begin));
        text.remove_prefix(end);
    }
}

std::string_view unabbreviated(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kNames{{
        {"@hourly", "0 * * * *"},
        {"@daily", "0 0 * * *"},
        {"@midnight", "0 0 * * *"},
        {"@weekly", "0 0 * * 0"},
        {"@monthly", "0 0 1 * *"},
        {"@yearly", "0 0 1 1 *"},
    }};
    for (const auto& [name, meaning] : kNames) {
        if (text == name)
            return meaning;
    }
    return text;
}

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kQuarter = 900; ///< no zone's clocks change within one (since 1972)
constexpr std::int64_t kTenYears = 3653LL * 86400;

} // namespace

/// A local time as numbers.
struct Cron::Local {
    explicit Local(std::int64_t seconds) {
        const chrono::sys_seconds time{chrono::seconds(seconds)};
        const auto date = chrono::floor<chrono::days>(time);
        const chrono::year_month_day parts{date};
        month = static_cast<int>(static_cast<unsigned>(parts.month()));
        day = static_cast<int>(static_cast<unsigned>(parts.day()));
        weekday = static_cast<int>(chrono::weekday{date}.c_encoding());
        const auto rest = (time - date).count();
        hour = static_cast<int>(rest / 3600);
        minute = static_cast<int>(rest / 60 % 60);
    }
    int month, day, weekday, hour, minute;
};

Cron Cron::parse(std::string_view text) {
    if (text.size() > kMaxLength)
        throw CronError("longer than 200 characters");
    const auto parts = words(unabbreviated(text));
    if (parts.size() != 5) {
        throw CronError(
            "expected five fields (minute, hour, day of the month, month, day of the week), got " +
            std::to_string(parts.size()));
    }
    std::array<std::uint64_t, 5> bits{};
    for (std::size_t at = 0; at < 5; ++at)
        bits[at] = parseField(fields()[at], parts[at]);
    Cron cron;
    cron.minutes_ = bits[0];
    cron.hours_ = static_cast<std::uint32_t>(bits[1]);
    cron.days_ = static_cast<std::uint32_t>(bits[2]);
    cron.months_ = static_cast<std::uint32_t>(bits[3]);
    cron.weekdays_ = static_cast<std::uint32_t>(bits[4] | bits[4] >> 7); // 7 is Sunday, too
    cron.isAnyDay_ = parts[2].starts_with('*');
    cron.isAnyWeekday_ = parts[4].starts_with('*');
    cron.isEveryHour_ = parts[1].starts_with('*');
    return cron;
}

bool Cron::isDay(const Local& local) const {
    if ((months_ >> local.month & 1) == 0)
        return false;
    const bool isDate = (days_ >> local.day & 1) != 0;
    const bool isWeekday = (weekdays_ >> local.weekday & 1) != 0;
    return isAnyDay_ || isAnyWeekday_ ? isDate && isWeekday : isDate || isWeekday;
}

/// Whether a local minute in [from, until) is due; for hours that clocks skip.
bool Cron::isDueIn(std::int64_t from, std::int64_t until) const {
    for (auto at = from; at < until; at += kMinute) {
        const Local local(at);
        if (isDay(local) && isTime(local.minute, local.hour))
            return true;
    }
    return false;
}

std::optional<std::int64_t> Cron::next(std::int64_t after, const Zone& zone) const {
    auto at = (after / kMinute + 1) * kMinute;
    auto before = zone.offsetAt(at - kMinute);
    for (const auto end = after + kTenYears; at < end;) {
        const auto offset = zone.offsetAt(at);
        // What lies in a gap of a few hours; more is a zone that changed sides of the date line.
        const auto gap = std::min<std::int64_t>(offset - before, 4 * 3600);
        if (gap > 0 && !isEveryHour_ && isDueIn(at + offset - gap, at + offset))
            return at;
        before = offset;
        const Local local(at + offset);
        const bool isToday = isDay(local);
        if (isToday && isTime(local.minute, local.hour)) {
            // The second of two equal local times: an hour earlier clocks showed the same.
            const auto earlier = zone.offsetAt(at - 3600);
            const bool isRepeated = earlier - offset > 0 && earlier - offset <= 3600 &&
                                    zone.offsetAt(at - (earlier - offset)) == earlier;
            if (isEveryHour_ || !isRepeated)
                return at;
        }
        at = isToday ? at + kMinute : (at / kQuarter + 1) * kQuarter;
    }
    return std::nullopt;
}

} // namespace scripts
