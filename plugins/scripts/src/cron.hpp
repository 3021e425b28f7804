/// When schedules are due: five fields as crontab(5) has them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "zone.hpp"

namespace scripts {

/// What is wrong with an expression, and in which field ("minute", ...).
class CronError : public std::invalid_argument {
public:
    using std::invalid_argument::invalid_argument;
};

/// minute (0-59), hour (0-23), day of the month (1-31), month (1-12 or jan-dec), day of the week
/// (0-7 or sun-sat, 0 and 7 are Sunday). Each is `*`, a value, a range `a-b`, a step `*/n` or
/// `a-b/n`, or several of them with commas. If both days are restricted, either is enough. Also
/// @hourly, @daily, @weekly,
/// @monthly, @yearly.
///
/// When clocks go forward, what would have been due in the missing hour is due when it is over;
/// when they go back, what has a fixed hour is due once, in the first of the two; what is due every
/// hour or minute goes by the time that really passes.
class Cron {
public:
    static constexpr std::size_t kMaxLength = 200;

    /// Throws CronError.
    static Cron parse(std::string_view text);

    /// The first minute after `after` (seconds since 1970, as is the result) at which it is due.
    /// Nullopt if that is not within ten years ("30 2 31 2 *").
    std::optional<std::int64_t> next(std::int64_t after, const Zone& zone) const;

private:
    struct Local;
    bool isDay(const Local& local) const;
    bool isTime(int minute, int hour) const {
        return (minutes_ >> minute & 1) != 0 && (hours_ >> hour & 1) != 0;
    }
    bool isDueIn(std::int64_t from, std::int64_t until) const;

    std::uint64_t minutes_ = 0;
    std::uint32_t hours_ = 0, days_ = 0, months_ = 0, weekdays_ = 0;
    bool isAnyDay_ = true, isAnyWeekday_ = true; ///< the field begins with `*`
    bool isEveryHour_ = false;                   ///< goes by elapsed time where clocks change
};

} // namespace scripts
