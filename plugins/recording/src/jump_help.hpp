/// What makes jumps in a recording short, kept beside it: the index of a desktop whose file has
/// none, and states of a terminal. It can be made again at any time.
#pragma once

#include <string>

#include "entry.hpp"

namespace recording {

/// "" when none is needed. `path`: of the recording; `place`: where its help is, or is stored when
/// it is made now; a place that can't be written costs only time. Blocks. Throws Error{NotFound} or
/// {Unavailable}.
std::string helpFor(const Entry& entry, const std::string& path, const std::string& place);

} // namespace recording
