#include "agent/platform/linux/desktop/desktop_program.hpp"

#include "agent/platform/linux/desktop/find_display.hpp"
#include "agent/platform/linux/desktop/x_authority.hpp"

#include <pwd.h>
#include <unistd.h>

#include <stdexcept>

namespace trellis::device::desktop {
namespace {
/// Whose session a virtual screen shows, if nobody was named: the first person of this machine.
uid_t firstPerson() {
    if (::geteuid() != 0) return ::geteuid();
    constexpr uid_t kFirst = 1000;  // login.defs(5), UID_MIN and UID_MAX
    constexpr uid_t kLast = 60'000;
    uid_t found = 0;
    ::setpwent();
    while (const auto* entry = ::getpwent()) {  // NOLINT(concurrency-mt-unsafe): the loop's thread only
        const std::string_view shell(entry->pw_shell == nullptr ? "" : entry->pw_shell);
        if (entry->pw_uid < kFirst || entry->pw_uid > kLast || shell.ends_with("nologin")) continue;
        if (found == 0 || entry->pw_uid < found) found = entry->pw_uid;
    }
    ::endpwent();
    return found;
}

ProgramOptions program() {
    ProgramOptions options;
    // This program, also where its folder is closed to the session's user or the file was replaced.
    options.path = "/proc/self/exe";
    options.args = {"trellis-agent", "desktop"};
    options.folder = "/";
    options.environment["TRELLIS_DESKTOP"] = "1";
    return options;
}

std::pair<std::string, ProgramOptions> virtualProgram(const DesktopWish& wish) {
    const auto user = wish.user.value_or(firstPerson());
    auto options = program();
    options.environment.erase("TRELLIS_DESKTOP");  // what it starts are windows
    options.environment["TRELLIS_VIRTUAL"] = "1";
    options.folder.clear();
    if (user != ::geteuid()) options.user = user;
    return {"virtual/" + std::to_string(user), options};
}
}  // namespace

std::pair<std::string, ProgramOptions> findDesktopProgram(const DesktopWish& wish) {
    auto targets = findDisplays(wish.user);
    if (targets.empty() && wish.user) targets = findDisplays();
    if (targets.empty() && wish.mayStartVirtual) return virtualProgram(wish);
    if (targets.empty()) throw std::runtime_error(whyNoDisplay());
    const auto& target = targets.front();
    auto options = program();
    options.environment["DISPLAY"] = target.name;
    if (!target.key.empty()) options.environment["TRELLIS_X_KEY"] = hexOf(target.key);
    if (!target.authority.empty()) options.environment["XAUTHORITY"] = target.authority;
    if (!target.busAddress.empty()) {
        options.environment["DBUS_SESSION_BUS_ADDRESS"] = target.busAddress;
    }
    if (!target.runtimeFolder.empty()) options.environment["XDG_RUNTIME_DIR"] = target.runtimeFolder;
    if (target.user != ::geteuid()) options.user = target.user;
    return {target.name + '/' + std::to_string(target.user), options};
}

}  // namespace trellis::device::desktop
