/// What a scoped API token may do, and the text forms of it.
#pragma once

#include "core/net/address.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace trellis::auth {

/// Narrows its owner's rights, never widens them. Plain value.
struct TokenScope {
    std::vector<std::string> commands;  ///< names or patterns "devices.*", "*": all
    bool readOnly = false;              ///< only commands that change nothing
    std::vector<std::string> groups;    ///< ids of device groups; empty: all that the owner sees
    std::vector<std::string> addresses; ///< CIDR ranges that it may come from; empty: any

    /// One of the patterns fits.
    bool covers(std::string_view command) const noexcept;
    bool hasGroup(std::string_view groupId) const noexcept;
    bool allowsAddress(const net::Address& address) const;
    /// Throws Error{InvalidArgument} with the field: a pattern that isn't one, a range that isn't one,
    /// no command at all, too many of them.
    void check() const;
    boost::json::object toJson() const;
    static TokenScope fromJson(const boost::json::object& object);
};

/// 3 to 64 characters of [A-Za-z0-9._-], with '*' allowed as the last one; or "*".
bool isCommandPattern(std::string_view text) noexcept;

} // namespace trellis::auth
