/// What API tokens may do of what their owners may: the one place that decides it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/api/access.hpp"
#include "core/api/command.hpp"
#include "core/auth/api_tokens.hpp"

namespace trellis::api {

/// The access check behind it, narrowed to the groups that the caller's token is limited to. For
/// callers without a token it is the same. A token that is gone sees nothing.
class TokenAccess final : public AccessCheck {
public:
    TokenAccess(const AccessCheck& inner, const auth::ApiTokens& tokens)
        : inner_(inner), tokens_(tokens) {}
    Access device(const sdk::Caller& caller, const std::string& deviceId) const override;
    Access group(const sdk::Caller& caller, const std::string& groupId) const override;

private:
    Access within(const sdk::Caller& caller, Access access) const;

    const AccessCheck& inner_;
    const auth::ApiTokens& tokens_;
};

/// Why the caller's token may not call `command`, in a sentence; nothing when it may, or when there is
/// no token. Any thread, never blocks.
std::optional<std::string> tokenRefusal(const auth::ApiTokens& tokens, const sdk::Caller& caller,
                                        const sdk::CommandSpec& command);

/// Whether a command changes nothing. Of the core it is a list; of a plugin it is a command that is
/// not audited and whose verb is `list`, `get`, `show` or `status`.
bool isReadOnly(const sdk::CommandSpec& command);

} // namespace trellis::api
