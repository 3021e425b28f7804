/// What PostgreSQL needs of other libraries, in a module of its own: most servers keep their records in
/// SQLite, and need not carry a client library that brings a dozen others with it.
#pragma once

#include <map>
#include <string>

namespace trellis::store {

struct PostgresModule {
    /// The parameters that a URL gives (PostgreSQL 15 manual, 34.1.1.2), by libpq's own parser. Throws
    /// Error{InvalidArgument}.
    std::map<std::string, std::string> (*parametersOf)(const std::string& url);
    /// Opens a connection and closes it again. `connection`: libpq's keyword=value form. Throws
    /// Error{Unavailable}.
    void (*tryToConnect)(const std::string& connection);
    /// The name of Poco's connector, which is registered then.
    const std::string& (*connector)();
};

/// Loads the module when it is first asked for; any thread. Throws Error{Unavailable}.
const PostgresModule& postgres();

} // namespace trellis::store

/// The module's only symbol.
extern "C" const trellis::store::PostgresModule* trellisPostgresModule();
