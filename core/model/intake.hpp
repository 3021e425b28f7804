/// Records that come from another server, written in one transaction of the caller's. For a
/// database that no server runs on: nobody is told.
#pragma once

#include "core/model/event_log.hpp"
#include "core/model/power_log.hpp"
#include "core/model/records.hpp"
#include "core/model/side_documents.hpp"
#include "core/store/database.hpp"

#include <string_view>

namespace trellis::model {

/// Every add() checks the record as the directory does (InvalidArgument with the wire's field)
/// before it writes anything of it. The core's tables must be there (Directory::load). One thread.
class Intake {
public:
    explicit Intake(store::Session& session) : session_(session) {}

    /// No users, groups, user groups and devices.
    static bool isEmpty(store::Session& session);

    void add(const User& user);
    void add(const Group& group);
    void add(const UserGroup& group);
    void add(const Device& device); ///< its group must be there
    /// Whose ends exist; as Directory::setLink.
    void link(std::string_view holder, std::string_view target, Rights rights);
    void add(std::string_view owner, SideKind kind, const SideDocument& document);
    void add(Event event); ///< with its own time
    void add(const PowerEvent& event);

private:
    store::Session& session_;
};

} // namespace trellis::model
