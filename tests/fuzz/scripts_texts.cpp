// What plugins/scripts reads from outside: cron expressions, zone files, results of devices. The
// first byte says which.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <boost/json/parse.hpp>

#include "plugins/scripts/src/cron.hpp"
#include "plugins/scripts/src/results.hpp"

using namespace scripts;

namespace {

void cron(std::string_view text) {
    try {
        const auto cron = Cron::parse(text);
        const auto first = cron.next(1'709'000'000, Zone::utc());
        if (first && (*first <= 1'709'000'000 || *first % 60 != 0))
            std::abort();
    } catch (const CronError&) {
    }
}

void zone(std::string_view bytes) {
    try {
        const auto zone = Zone::parse(bytes);
        for (const std::int64_t at : {-5'000'000'000LL, 0LL, 1'709'000'000LL, 7'000'000'000LL}) {
            const auto offset = zone.offsetAt(at);
            if (offset < -200 * 3600 || offset > 200 * 3600)
                std::abort();
        }
    } catch (const std::invalid_argument&) {
    }
}

void result(std::string_view text) {
    boost::json::error_code problem;
    const auto value = boost::json::parse(text, problem);
    if (problem || !value.is_object())
        return;
    const auto made = resultFrom(value.get_object(), {{"TOKEN", "hunter2"}}, 4096);
    if (made.out.find("hunter2") != std::string::npos || made.out.size() > 4096 * 3)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] == 'c')
        cron(text);
    if (data[0] == 'z')
        zone(text);
    if (data[0] == 'r')
        result(text);
    return 0;
}
