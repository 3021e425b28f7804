/// Groups that nobody has rights on.
#pragma once

#include "core/api/context.hpp"

namespace trellis::api {

/// A group made on the server's console before there was a user has no owner, so nobody would ever
/// see its devices. Gives all such groups of `user`'s tenant to him. Worker thread.
void adoptOwnerlessGroups(model::Directory& directory, const model::User& user);

} // namespace trellis::api
