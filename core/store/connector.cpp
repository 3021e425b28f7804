#include "core/store/connector.hpp"

#include "core/store/dialect.hpp"

#include <trellis/sdk/error.hpp>

#include <Poco/Data/PostgreSQL/Connector.h>
#include <Poco/Data/SQLite/Connector.h>
#include <libpq-fe.h>

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

/// The parameters that a PostgreSQL URL gives (PostgreSQL 15 manual, 34.1.1.2), by libpq's own
/// parser.
std::map<std::string, std::string> parametersOf(const std::string& url) {
    char* problem = nullptr;
    auto* const options = ::PQconninfoParse(url.c_str(), &problem);
    if (options == nullptr) {
        std::string text = problem != nullptr ? problem : "out of memory";
        ::PQfreemem(problem);
        text.erase(text.find_last_not_of(" \n") + 1);
        // libpq's text may repeat the URL, which may hold a password.
        if (text.find("://") != std::string::npos)
            text = "it can't be parsed";
        throw Error(ErrorCode::InvalidArgument, "database url: " + text);
    }
    std::map<std::string, std::string> result;
    for (const auto* option = options; option->keyword != nullptr; ++option)
        if (option->val != nullptr && *option->val != '\0')
            result[option->keyword] = option->val;
    ::PQconninfoFree(options);
    return result;
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
    auto parameters = parametersOf(url);
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

/// Opens a connection and closes it again, for the error: Poco's connector keeps the memory of each
/// connection that could not be opened.
void tryPostgres(const Target& target) {
    const std::unique_ptr<PGconn, decltype(&::PQfinish)> connection(
        ::PQconnectdb(target.connection.c_str()), &::PQfinish);
    if (::PQstatus(connection.get()) == CONNECTION_OK)
        return;
    std::string text = connection ? ::PQerrorMessage(connection.get()) : "out of memory";
    text = text.substr(0, text.find('\n'));
    throw Error(ErrorCode::Unavailable, "the database cannot be opened: " + text);
}

void registerConnectors() {
    static std::once_flag registered;
    std::call_once(registered, [] {
        Poco::Data::SQLite::Connector::registerConnector();
        Poco::Data::PostgreSQL::Connector::registerConnector();
    });
}

const std::string& connectorOf(Engine engine) {
    return engine == Engine::Sqlite ? Poco::Data::SQLite::Connector::KEY
                                    : Poco::Data::PostgreSQL::Connector::KEY;
}

} // namespace

Target targetOf(const DatabaseOptions& options) {
    return engineOf(options.url) == Engine::Sqlite ? sqliteTarget(options.url)
                                                   : postgresTarget(options.url);
}

std::unique_ptr<PocoSession> connect(const Target& target, const DatabaseOptions& options,
                                     bool isWriter) {
    registerConnectors();
    try {
        if (target.engine == Engine::PostgreSql)
            tryPostgres(target);
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
