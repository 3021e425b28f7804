/// Time zones by name (IANA), read from the system's files (RFC 8536).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace scripts {

/// A cheap copy. Any thread.
class Zone {
public:
    /// `bytes`: a TZif file. Throws std::invalid_argument for what is none. What lies after its
    /// last change goes by its footer (RFC 8536 section 3.3) if that names rules by month, week and
    /// day.
    static Zone parse(std::string_view bytes);
    /// "" is the server's own zone, "UTC" needs no file. Throws std::invalid_argument if there is
    /// no zone of that name.
    static Zone load(const std::string& name);
    static Zone utc();

    /// Seconds that local time is ahead of UTC at `time` (seconds since 1970).
    std::int64_t offsetAt(std::int64_t time) const;

private:
    struct Change {
        std::int64_t at;
        std::int32_t offset;
    };
    struct Day { ///< Mm.w.d/time of a footer
        int month = 0, week = 0, day = 0;
        std::int64_t seconds = 7200;
    };
    struct Rules {
        std::int32_t standard = 0, summer = 0;
        bool hasSummer = false;
        Day begin, end;
    };
    struct Data {
        std::int32_t first = 0;
        std::vector<Change> changes;
        bool hasRules = false;
        Rules rules;
    };
    explicit Zone(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
    static bool parseFooter(std::string_view text, Rules& rules);
    static std::int64_t offsetBy(const Rules& rules, std::int64_t time);
    static std::int64_t dayIn(int year, const Day& day);
    std::shared_ptr<const Data> data_;
};

} // namespace scripts
