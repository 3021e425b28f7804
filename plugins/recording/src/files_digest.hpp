/// What was done in a files session, without the contents that were sent.
#pragma once

#include <cstdint>
#include <string>

#include "mcrec.hpp"

namespace recording {

/// Whole blocks in order of time. Commands (agent-protocol specification, section 7.3) are as they
/// were recorded, up to 64 KiB of each, and answers without lists of folders. Data are counted: a
/// block of type 4, flags and time of the last that counts, with u64 bytes of content and u8 1 if a
/// download ended there; one each quarter of a second at most. Throws Error{NotFound} for no
/// recording, {Unavailable} when it is larger than 64 MiB.
std::string filesDigest(const mcrec::Reader::Read& read, std::uint64_t size);

} // namespace recording
