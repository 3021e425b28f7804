#pragma once

#include "../store/support.hpp"

#include "core/model/directory.hpp"
#include "core/model/ids.hpp"

#include <memory>
#include <string>

namespace trellis::test {

struct DirectoryFixture {
    TempFolder folder;
    FakeClock time;
    std::unique_ptr<store::Database> database = openDatabase(folder);
    std::unique_ptr<model::Directory> directory;

    DirectoryFixture() { restart(); }

    void restart() {
        directory.reset();
        directory = std::make_unique<model::Directory>(*database, time.clock());
        directory->load();
    }
    /// What is in the database now, as another server would read it.
    std::unique_ptr<model::Directory> stored() {
        auto other = std::make_unique<model::Directory>(*database, time.clock());
        other->load();
        return other;
    }

    model::UserPtr addUser(std::string name, model::SiteRights rights = 0) {
        model::User user;
        user.name = std::move(name);
        user.siteRights = rights;
        return directory->addUser(std::move(user));
    }
    model::GroupPtr addGroup(const model::UserPtr& creator, std::string name = "Group") {
        model::Group group;
        group.name = std::move(name);
        return directory->addGroup(std::move(group), creator);
    }
    static model::Device deviceIn(const model::GroupPtr& group, std::string name = "pc") {
        model::Device device;
        device.id = model::newId(model::IdKind::Device, group->domain);
        device.groupId = group->id;
        device.domain = group->domain;
        device.name = name;
        device.rname = std::move(name);
        return device;
    }
    model::DevicePtr enrol(const model::GroupPtr& group, std::string name = "pc") {
        return directory->enrolDevice(deviceIn(group, std::move(name)));
    }
};

} // namespace trellis::test
