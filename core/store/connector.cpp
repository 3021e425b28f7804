#include "core/store/connector.hpp"

#include "core/store/dialect.hpp"
#include "core/store/module_postgresql.hpp"

#include <trellis/sdk/error.hpp>

#include <Poco/Data/SQLite/Connector.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <unistd.h>

namespace trellis::store {

namespace {

using sdk::Error;
using sdk::ErrorCode;

constexpr std::string_view kSqlitePrefix = "sqlite:";

/// Makes the file with mode 0600 before the engine would make it with the umask's; the engine gives
/// its log files the same mode.
void makePrivateFile(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        throw Error(ErrorCode::Unavailable,
                    "cannot open the database " + path + ": " + std::strerror(errno));
    ::close(descriptor);
}

Target sqliteTarget(const std::string& url) {
    auto path = url.substr(kSqlitePrefix.size());
    if (path.empty() || path == ":memory:" || path.starts_with("file:"))
        throw Error(ErrorCode::InvalidArgument,
                    "database url: expected sqlite:<path of a file>, got \"" + url + "\"");
    makePrivateFile(path);
    return {Engine::Sqlite, path, path};
}

/// A value of libpq's `keyword=value` form. Poco cuts that text at each space, even inside quotes.
std::string escaped(const std::string& keyword, const std::string& value) {
    std::string result;
    for (const char c : value) {
        if (static_cast<unsigned char>(c) <= ' ')
            throw Error(ErrorCode::InvalidArgument,
                        "database url: " + keyword + " must not hold spaces or control characters");
        if (c == '\\' || c == '\'')
            result += '\\';
        result += c;
    }
    return result;
}

Target postgresTarget(const std::string& url) {
    auto parameters = postgres().parametersOf(url);
    // A server that is gone is noticed: connecting, and data that is not acknowledged.
    parameters.emplace("connect_timeout", "10");
    parameters.emplace("tcp_user_timeout", "30000");
    parameters.emplace("application_name", "trellis");
    Target target{Engine::PostgreSql, {}, {}};
    for (const auto& [keyword, value] : parameters)
        target.connection +=
            (target.connection.empty() ? "" : " ") + keyword + '=' + escaped(keyword, value);
    target.shown = "PostgreSQL database " + parameters["dbname"];
    if (!parameters["host"].empty())
        target.shown += " at " + parameters["host"];
    return target;
}

const std::string& connectorOf(Engine engine) {
    if (engine == Engine::PostgreSql)
        return postgres().connector();
    static std::once_flag registered;
    std::call_once(registered, [] { Poco::Data::SQLite::Connector::registerConnector(); });
    return Poco::Data::SQLite::Connector::KEY;
}

} // namespace

Target targetOf(const DatabaseOptions& options) {
    return engineOf(options.url) == Engine::Sqlite ? sqliteTarget(options.url)
                                                   : postgresTarget(options.url);
}

std::unique_ptr<PocoSession> connect(const Target& target, const DatabaseOptions& options,
                                     bool isWriter) {
    try {
        // For the error: Poco's connector keeps the memory of each connection that could not be opened.
        if (target.engine == Engine::PostgreSql)
            postgres().tryToConnect(target.connection);
        try {
            auto session = std::make_unique<PocoSession>(
                target.engine,
                Poco::Data::Session(connectorOf(target.engine), target.connection));
            for (const auto& statement : dialect::setUp(target.engine, options, isWriter))
                session->query(statement, {}, [](const Row&) {});
            return session;
        } catch (const Poco::Exception& problem) {
            dialect::raise(target.engine, problem);
        }
    } catch (const Error& error) {
        throw Error(error.code(), target.shown + ": " + error.what());
    }
}

Engine engineOf(std::string_view url) {
    if (url.starts_with(kSqlitePrefix))
        return Engine::Sqlite;
    if (url.starts_with("postgresql://") || url.starts_with("postgres://"))
        return Engine::PostgreSql;
    throw Error(ErrorCode::InvalidArgument,
                "database url: expected sqlite:<path> or postgresql://<host>/<name>, got \"" +
                    std::string(url.substr(0, url.find(':') + 1).substr(0, 100)) + "...\"");
}

std::string defaultUrl(const std::filesystem::path& dataDirectory) {
    return std::string(kSqlitePrefix) + (dataDirectory / "trellis.db").string();
}

} // namespace trellis::store
