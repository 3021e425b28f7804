/// Who has read which recording lately.
#pragma once

#include <map>
#include <string>

#include <trellis/sdk/guarded.hpp>
#include <trellis/sdk/host.hpp>

#include "entry.hpp"

namespace recording {

/// Each reading of what a recording holds is in the audit trail; a player, which reads hundreds of pieces,
/// leaves one record each ten minutes. Any thread.
class Readings {
public:
    static constexpr trellis::sdk::Seconds kTogether{600};
    /// When so many are remembered all are forgotten: rather a record too many.
    static constexpr std::size_t kMost = 4096;

    /// Before anything of it is handed out. Throws what Host::audit() does.
    void note(trellis::sdk::Host& host, const trellis::sdk::Caller& caller, const Entry& entry,
              trellis::sdk::Clock::time_point now = trellis::sdk::Clock::now());

private:
    trellis::sdk::Guarded<std::map<std::string, trellis::sdk::Clock::time_point>> since_;
};

}  // namespace recording
