/// Names for what a `User-Agent` header says (control-protocol.md section 1.2, `msgArgs` of
/// `login`).
#pragma once

#include <string>
#include <string_view>

namespace trellis::auth {

struct UserAgent {
    std::string browser; ///< "" if unknown
    std::string system;
};

UserAgent describeUserAgent(std::string_view header);

} // namespace trellis::auth
