#include "agent/platform/linux/desktop/seat.hpp"

#include "agent/base/file.hpp"
#include "agent/platform/linux/desktop/proc.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>

namespace trellis::device::desktop {
namespace {
constexpr const char* kSessions = "/run/systemd/sessions";
constexpr std::size_t kMaxFile = 64 * 1024;
}  // namespace

void addSession(Seat& seat, std::string_view file) {
    std::map<std::string_view, std::string_view> fields;
    while (!file.empty()) {
        const auto end = std::min(file.find('\n'), file.size());
        const auto line = file.substr(0, end);
        if (const auto equals = line.find('='); equals != std::string_view::npos) {
            fields[line.substr(0, equals)] = line.substr(equals + 1);
        }
        file.remove_prefix(std::min(end + 1, file.size()));
    }
    const bool isHere = fields["ACTIVE"] == "1" && !fields["SEAT"].empty();
    if (!isHere || !isNumber(fields["UID"])) return;
    seat.users.insert(static_cast<uid_t>(std::strtoul(std::string(fields["UID"]).c_str(), nullptr, 10)));
    if (!fields["DISPLAY"].empty()) seat.displays.emplace(fields["DISPLAY"]);
}

Seat readSeat() {
    Seat seat;
    for (const auto& name : namesIn(kSessions)) {
        if (const auto file = readFile(std::string(kSessions) + '/' + name, kMaxFile)) addSession(seat, *file);
    }
    // The console with the number 0 is the one in front.
    auto shown = procText("/sys/class/tty/tty0/active");
    seat.terminal = shown.substr(0, shown.find('\n'));
    return seat;
}

}  // namespace trellis::device::desktop
