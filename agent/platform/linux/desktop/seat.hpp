/// Who sits in front of the machine, as the login manager and the kernel know it.
#pragma once

#include <sys/types.h>

#include <set>
#include <string>
#include <string_view>

namespace trellis::device::desktop {

struct Seat {
    std::string terminal;            ///< that is shown ("tty7"), "" if the machine has none
    std::set<std::string> displays;  ///< of active sessions on a seat
    std::set<uid_t> users;           ///< who has such a session
    friend bool operator==(const Seat&, const Seat&) = default;
};
/// Cheap: a handful of small files.
Seat readSeat();
/// Takes in one session's file of logind (sd_get_sessions(3) reads the same).
void addSession(Seat& seat, std::string_view file);

}  // namespace trellis::device::desktop
