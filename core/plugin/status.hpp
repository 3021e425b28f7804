/// Where a plugin stands, as admins see it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

namespace trellis::plugin {

enum class State : std::uint8_t {
    Found = 1,      ///< the manifest is good; nothing was loaded
    Described,      ///< code is loaded, declarations are accepted
    Configured,     ///< options are accepted
    Starting,
    Running,
    Degraded,       ///< runs, but says that something is missing
    Stopping,
    Stopped,        ///< ended in order
    Refused,        ///< manifest, code or declarations are not acceptable
    Misconfigured,  ///< its section of the configuration is not acceptable
    Failed,         ///< could not start or could not stop
    Quarantined,    ///< stopped after repeated faults or a crash of the server
    Disabled,       ///< switched off by the admin
};

/// "running", "quarantined", ...
std::string_view stateName(State state) noexcept;
/// Running or Degraded.
constexpr bool isActive(State state) noexcept {
    return state == State::Running || state == State::Degraded;
}

struct Status {
    std::string id;
    std::string name;
    std::string version;
    std::string summary;
    State state = State::Found;
    std::string sentence;  ///< what and, if something is wrong, what to do
    std::vector<std::string> problems;  ///< one a line, when there is more than the sentence
    std::chrono::system_clock::time_point since;
    std::vector<std::string> grants;
    std::vector<std::string> requires_;
    std::string folder;
    bool isRequired = false;
    bool isEnabled = true;  ///< what the admin wants
    std::size_t faults = 0; ///< exceptions and overruns since the instance was made

    /// As plugin.list answers; the folder is not told.
    boost::json::object toJson() const;
};

}  // namespace trellis::plugin
