/// Files are put where they stay, also on another file system.
#pragma once

#include <cstdint>
#include <string>

namespace recording {

/// Gives the file `from` the name `to` as well; what has that name is replaced. On another file
/// system it is a copy, which is on the disk before it has the name. Blocks. Throws
/// Error{Unavailable}.
void placeFile(const std::string& from, const std::string& to);

/// Why nothing more can be written to `folder` while `minFree` bytes stay free; "" if it can.
std::string roomProblem(const std::string& folder, std::int64_t minFree);

/// Makes a file in `folder`, writes some of it and removes it. Why that was not possible, or "".
std::string tryWriting(const std::string& folder);

} // namespace recording
