#include "core/api/commands/ownership.hpp"

namespace trellis::api {

void adoptOwnerlessGroups(model::Directory& directory, const model::User& user) {
    for (const auto& group : directory.groups(user.domain))
        if (group->links.empty())
            directory.setLink(user.id, group->id, model::right::kGroupAdmin);
}

void adoptOwnerlessGroups(model::Directory& directory, const std::string& domain) {
    for (const auto& user : directory.users(domain)) {
        if (!user->isFullAdmin())
            continue;
        adoptOwnerlessGroups(directory, *user);
        return;
    }
}

} // namespace trellis::api
