/// One pass over a source's records. Internal to core/takeover.
#pragma once

#include "core/store/secret_box.hpp"
#include "core/takeover/happenings.hpp"
#include "core/takeover/machines.hpp"
#include "core/takeover/people.hpp"
#include "core/takeover/takeover.hpp"

#include <functional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace trellis::takeover {

/// Where a pass puts what it takes: the database, or nowhere.
class Sink;

/// Fills the report from the beginning, so one source may be gone through once for a rehearsal and
/// once for the import.
class Load {
public:
    Load(Source& source, Sink& sink);
    void run();

private:
    using Each = std::function<void(const json::object&, const std::string& where)>;
    /// Calls `each` for the main file's documents of a type that are of the default domain; what it
    /// throws as sdk::Error{InvalidArgument} is a reason to leave the document.
    void each(const char* kind, std::string_view type, const Each& work);
    void check();
    void groups();
    void userGroups();
    void users();
    void devices();
    void links();
    void sides();
    void tokens();
    void singletons();
    void events();
    void power();
    void strangers();
    bool isKnown(const std::string& id) const { return ids_.contains(id); }

    struct Held {
        std::string holder;
        Link link;
        std::string where;
    };
    Source& source_;
    Sink& sink_;
    Report& report_;
    std::unordered_set<std::string> ids_; ///< of what was taken
    std::unordered_map<std::string, LastConnection> connections_;
    std::vector<Held> links_;
};

class Sink {
public:
    virtual ~Sink() = default;
    virtual void add(const model::User& user,
                     const std::map<std::string, std::string>& factors) = 0;
    virtual void add(const model::Group& group) = 0;
    virtual void add(const model::UserGroup& group) = 0;
    virtual void add(const model::Device& device) = 0;
    virtual void link(const std::string& holder, const Link& link) = 0;
    virtual void add(const TakenSide& side) = 0;
    virtual void add(const TakenToken& token) = 0;
    virtual void add(model::Event event) = 0;
    virtual void add(const model::PowerEvent& event) = 0;
    virtual void loginKey(const std::string& bytes) = 0;
};

} // namespace trellis::takeover
