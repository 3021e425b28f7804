/// The tables of the records, step by step. Internal to core/model.
#pragma once

#include "core/store/migrations.hpp"

#include <vector>

namespace trellis::model {

std::vector<store::Migration> migrations();

} // namespace trellis::model
