// What tells whose an X server is: files with keys, which anybody writes at home, and the login manager's; and
// what the bar on the screen writes.
#include "agent/platform/linux/desktop/privacy_bar.hpp"
#include "agent/platform/linux/desktop/seat.hpp"
#include "agent/platform/linux/desktop/x_authority.hpp"

#include <cstdint>
#include <cstdlib>

using namespace trellis::device::desktop;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto all = readKeys(text, {});
    if (all.size() > size / 10) std::abort();
    if (readKeys(text, "0").size() > all.size()) std::abort();
    for (const auto& key : all) {
        const auto again = readKeys(writeKey(key), "1");
        if (again.size() != 1 || again[0] != key) std::abort();
    }
    Seat seat;
    addSession(seat, text);
    if (seat.users.size() > 1 || seat.displays.size() > seat.users.size()) std::abort();
    if (barText(text, 20).size() > 20 || barText(text, size + 1).size() > size) std::abort();
    return 0;
}
