/// What a device says about a run, made safe to keep and to show.
#pragma once

#include <string>

#include "model.hpp"

namespace scripts {

/// The message `scripts.result` of a device. Output is base64 of bytes: what is no UTF-8 becomes
/// U+FFFD, zero bytes go, more than `limit` bytes are cut, and values of `secrets` become "***".
Result resultFrom(const json::object& message, const Secrets& secrets, std::size_t limit);

/// `text` without the secrets' values, also where `isCut` left only the beginning of one at the
/// end.
std::string withoutSecrets(std::string text, const Secrets& secrets, bool isCut);

} // namespace scripts
