/// Codes by which a person joins a device to a group (control-protocol 3.4, `invite`).
#pragma once

#include <string>
#include <string_view>

namespace trellis::model {
struct Group;
}

namespace trellis::api {

/// As codes are compared: without white space, ASCII letters in lower case.
std::string plainCode(std::string_view code);

/// Whether the group has such a code. `plain`: from plainCode(), not empty.
bool hasInviteCode(const model::Group& group, const std::string& plain);

} // namespace trellis::api
