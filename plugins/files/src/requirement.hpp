/// What a person needs on a device to use its files.
#pragma once

#include <trellis/sdk/rights.hpp>

namespace files {

inline const trellis::sdk::Requirement kMayUse{trellis::sdk::Scope::Device,
                                               trellis::sdk::device_right::kRemoteControl,
                                               trellis::sdk::device_right::kNoFiles, "nodeid"};

}  // namespace files
