#include "core/model/directory_impl.hpp"

#include "core/model/rows.hpp"

namespace trellis::model {

void Directory::reloadUsers() {
    impl_->inTurn([&] {
        TextMap<User> stored;
        impl_->database_.read([&](store::Session& session) {
            rows::readUsers(session, [&](User user) {
                auto id = user.id;
                stored.emplace(std::move(id), std::move(user));
            });
        });
        impl_->commit([&](State& state) {
            std::vector<UserPtr> gone;
            for (const auto& [id, user] : state.users())
                if (!stored.contains(id))
                    gone.push_back(user);
            for (const auto& user : gone) {
                impl_->unlinkAll(state, user->id);
                impl_->erase(state, state.user(user->id));
            }
            for (auto& [id, user] : stored) {
                const auto before = state.user(id);
                if (before != nullptr)
                    user.links = before->links;
                if (before == nullptr || user != *before)
                    impl_->put(state, std::make_shared<const User>(std::move(user)));
            }
        });
    });
}

} // namespace trellis::model
