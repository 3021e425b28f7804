/// From a URL to an open session of Poco::Data. Internal to core/store.
#pragma once

#include "core/store/database.hpp"
#include "core/store/poco_session.hpp"

#include <memory>
#include <string>

namespace trellis::store {

/// What a URL names, checked.
struct Target {
    Engine engine = Engine::Sqlite;
    std::string connection; ///< as the engine's connector wants it; may hold a password
    std::string shown;      ///< for messages: without password
};

/// Makes the file of a SQLite database, mode 0600, if it isn't there. Throws InvalidArgument for a
/// URL that can't be used, Unavailable if the file can't be made.
Target targetOf(const DatabaseOptions& options);

/// Opens one session and sets it up. Throws Unavailable with what is wrong.
std::unique_ptr<PocoSession> connect(const Target& target, const DatabaseOptions& options,
                                     bool isWriter);

} // namespace trellis::store
