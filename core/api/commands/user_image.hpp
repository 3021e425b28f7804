/// Pictures of accounts: a data URL in, bytes out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trellis::api {

struct UserImage {
    std::string type; ///< "image/png" or "image/jpeg"
    std::string bytes;
};

/// Nothing unless it is `data:image/png;base64,...` or `data:image/jpeg;base64,...` of such a
/// picture: what is stored is served to browsers later, as what it says it is.
std::optional<UserImage> parseUserImage(std::string_view dataUrl);

} // namespace trellis::api
