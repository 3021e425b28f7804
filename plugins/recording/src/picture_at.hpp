/// What a player needs to show a desktop at one moment: the blocks of which something can be seen
/// then.
#pragma once

#include <cstdint>
#include <string>

#include "mcrec.hpp"

namespace recording {

/// The index that a file carries, as text; "" when it has none. Throws Error{Unavailable} when it
/// is larger than 64 MiB.
std::string indexIn(const mcrec::Reader::Read& read, std::uint64_t size);
/// The index that DesktopIndex makes of a whole file.
std::string makeIndex(const mcrec::Reader::Read& read, std::uint64_t size);

/// The picture `ms` after the first message. `index`: of indexIn() or makeIndex(); without one
/// everything from the beginning is looked at. The answer is whole blocks: one of type 4 with
/// {"next": offset of the first block after that moment, "width", "height": of the screen, 0 if
/// unknown}, then those to show, in order: a key frame is drawn whole, then tiles and frames.
/// Throws Error{Unavailable} when they are larger than 64 MiB together.
std::string pictureAt(const mcrec::Reader::Read& read, std::uint64_t size, const std::string& index,
                      std::int64_t ms);

} // namespace recording
