/// Files over HTTP: whole and in ranges.
#pragma once

#include <trellis/sdk/registrar.hpp>

#include "byte_range.hpp"
#include "commands.hpp"

namespace recording {

void declareDownloads(trellis::sdk::Registrar& reg, const Parts& parts);

}  // namespace recording
