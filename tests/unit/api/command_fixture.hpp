/// Accounts, a group and a device to try commands on.
#pragma once

#include "api_fixture.hpp"

namespace trellis::test {

struct CommandFixture : ApiFixture {
    model::UserPtr admin = account("admin", model::site::kFullAdmin);
    model::UserPtr owner = account("owner");
    model::UserPtr stranger = account("stranger");
    model::GroupPtr group = addGroup(owner, "Lab");
    model::DevicePtr device = online(group, "pc1");
    Control control = signIn("owner");

    std::string resultOf(Control& as, json::object message) {
        message["responseid"] = "meshctrl";
        return text(as.ask(std::move(message)), "result");
    }
    std::string resultOf(json::object message) { return resultOf(control, std::move(message)); }
    /// A user with these rights on the group, signed in.
    Control withRights(const std::string& name, model::Rights bits) {
        const auto user = account(name);
        directory->setLink(user->id, group->id, bits);
        return signIn(name);
    }
};

} // namespace trellis::test
