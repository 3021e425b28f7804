#include "core/store/module_postgresql.hpp"

#include <trellis/sdk/error.hpp>

#include <Poco/Data/PostgreSQL/Connector.h>
#include <libpq-fe.h>

#include <memory>
#include <mutex>

namespace trellis::store {

namespace {

using sdk::Error;
using sdk::ErrorCode;

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

void tryToConnect(const std::string& connection) {
    const std::unique_ptr<PGconn, decltype(&::PQfinish)> opened(::PQconnectdb(connection.c_str()),
                                                                &::PQfinish);
    if (::PQstatus(opened.get()) == CONNECTION_OK)
        return;
    std::string text = opened ? ::PQerrorMessage(opened.get()) : "out of memory";
    text = text.substr(0, text.find('\n'));
    throw Error(ErrorCode::Unavailable, "the database cannot be opened: " + text);
}

const std::string& connector() {
    static std::once_flag registered;
    std::call_once(registered, [] { Poco::Data::PostgreSQL::Connector::registerConnector(); });
    return Poco::Data::PostgreSQL::Connector::KEY;
}

constexpr PostgresModule kModule{parametersOf, tryToConnect, connector};

} // namespace

} // namespace trellis::store

extern "C" __attribute__((visibility("default"))) const trellis::store::PostgresModule*
trellisPostgresModule() {
    return &trellis::store::kModule;
}
