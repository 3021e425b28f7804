#include "core/api/commands/ownership.hpp"

namespace trellis::api {

void adoptOwnerlessGroups(model::Directory& directory, const model::User& user) {
    for (const auto& group : directory.groups(user.domain))
        if (group->links.empty())
            directory.setLink(user.id, group->id, model::right::kGroupAdmin);
}

} // namespace trellis::api
