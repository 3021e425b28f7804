/// The commands: the wire's `recordings` and the page's.
#pragma once

#include <functional>
#include <memory>

#include <trellis/sdk/registrar.hpp>

#include "readings.hpp"
#include "recorder.hpp"

namespace recording {

/// Who may see recordings.
inline constexpr trellis::sdk::Requirement kViewers{trellis::sdk::Scope::Site,
                                                    trellis::sdk::site_right::kRecordings, 0, ""};

/// The functions are only called once the plugin runs.
struct Parts {
    std::function<Recorder&()> recorder;
    std::function<trellis::sdk::Host&()> host;
    std::shared_ptr<Readings> readings = std::make_shared<Readings>();
    void noteReading(const trellis::sdk::Caller& caller, const Entry& entry) const {
        readings->note(host(), caller, entry);
    }
};
void declareCommands(trellis::sdk::Registrar& reg, const Parts& parts);

/// Of what is there, or Error{NotFound}: also for recordings of other tenants.
Entry presentEntry(Store& store, const trellis::sdk::Caller& caller, const std::string& id);
/// Removing is for administrators of the tenant: who was recorded may hold the right to look.
bool mayRemove(const trellis::sdk::Caller& caller) noexcept;

}  // namespace recording
