/// The script library: scripts with their versions, who may change and who may run them.
#pragma once

#include <string>

#include <trellis/sdk/host.hpp>
#include <trellis/sdk/schema.hpp>

#include "people.hpp"

namespace scripts {

/// One version of a script as it was saved.
struct LibraryScript {
    std::string id, owner;
    std::int64_t version = 0;
    json::object body;   ///< name, description, interpreter, text, parameters
    json::array runners; ///< "*", user ids, user group ids
};

/// Any thread; blocks on the database. Owners and full administrators change a script; they and its
/// `runners` see and run it. To everybody else it does not exist.
class Library {
public:
    static constexpr std::int64_t kMaxScripts = 2000;
    static constexpr std::int64_t kMaxVersions = 50; ///< older ones go when a newer one is saved

    Library(trellis::sdk::Host& host, const People& people) : host_(host), people_(people) {}

    static trellis::sdk::Schema saveArgs();
    json::value list(const Owner& caller);
    json::value get(const Owner& caller, const json::object& args);
    /// A new script, or a new version of `id`. Conflict if `baseVersion` is not the newest.
    json::value save(const Owner& caller, const json::object& args);
    json::value remove(const Owner& caller, const json::object& args);
    /// `version` 0: the newest. Throws NotFound unless `caller` may run it.
    LibraryScript load(const Owner& caller, const std::string& id, std::int64_t version);

private:
    bool mayEdit(const Owner& caller, const std::string& owner, const std::string& domain) const;
    trellis::sdk::Host& host_;
    const People& people_;
};

/// Milliseconds since 1970.
std::int64_t nowMs();

} // namespace scripts
