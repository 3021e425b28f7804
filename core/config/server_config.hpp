/// The core's own settings as typed values. Keys, bounds, defaults and texts are in
/// server_schema.cpp; the members here carry the same names.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

namespace trellis::config {

struct ServerSection {
    std::string name;  ///< host name for certificates and links, never empty (default: machine's)
    std::string title; ///< shown on the login page
    std::uint16_t port = 0;
    std::vector<std::string> bind;  ///< addresses; empty: every address of the machine
    std::uint16_t redirectPort = 0; ///< plain HTTP that redirects to HTTPS; 0: off
    std::string publicUrl;          ///< "https://host[:port]" without a final slash, or ""
    bool fastCerts = false;         ///< RSA-2048 rather than RSA-3072 on first start
    std::vector<std::string>
        userMessages; ///< who may use `interuser`: ids or names, "*": everybody
    std::vector<std::string> trustedProxies; ///< addresses or networks
    std::uint32_t ioLoops = 0;               ///< 0: one for each processor
    std::uint32_t workerThreads = 0;         ///< 0: chosen from the number of processors
};

struct DatabaseSection {
    std::string
        url; ///< "" (SQLite in the data folder), "sqlite:<file>" or "postgresql://..."; secret
    std::chrono::milliseconds busyTimeout{}; ///< how long SQLite waits for a lock
    std::uint32_t poolSize = 0;              ///< connections to PostgreSQL
    std::chrono::days keepEvents{};          ///< 0: for ever
};

struct AgentsSection {
    std::string path; ///< folder with MeshCentral agent binaries, or ""
    std::chrono::seconds idleTimeout{};
    std::chrono::seconds ping{}; ///< 0: the server sends no pings of its own
    std::chrono::seconds handshakeTimeout{};
    std::size_t maxMessageBytes = 0;
    std::uint32_t maxAgents = 0;
    bool reviveGroups = true; ///< control-protocol.md section 5.3: deleted groups come back
    bool update = true;
};

struct LoginSection {
    std::uint32_t maxFailures = 0;
    std::chrono::seconds window{};
    std::chrono::seconds lock{};        ///< how long an account or address stays locked
    std::chrono::seconds sessionIdle{}; ///< 0: never ends for idleness
    std::chrono::seconds sessionMax{};
    std::chrono::seconds setupToken{};
    std::uint32_t passwordMinLength = 0;
    bool links = false; ///< `logincookie` makes, and `auth=` takes, cookies that sign in
};

struct LimitsSection {
    std::uint32_t connections = 0;
    std::uint32_t connectionsPerAddress = 0;
    std::size_t headBytes = 0;
    std::size_t bodyBytes = 0;
    std::size_t commandBytes = 0; ///< one message of a control connection
    std::uint32_t commandsPerSecond = 0;
    std::size_t queueBytes =
        0; ///< unsent bytes after which a control or agent connection is closed
    std::uint32_t sessionsPerUser = 0;
    std::chrono::seconds tlsHandshake{};
    std::chrono::seconds head{};
    std::chrono::seconds idle{};
};

struct RelaySection {
    std::chrono::seconds pairing{};
    std::chrono::seconds idleTimeout{}; ///< 0: a session may be silent for ever
    std::size_t bufferBytes = 0;        ///< each direction
    std::uint32_t maxSessions = 0;
};

enum class LogLevel : std::uint8_t { Error = 1, Warning, Information, Debug, Trace };
enum class LogFormat : std::uint8_t { Text = 1, Json };

struct LogSection {
    LogLevel level = LogLevel::Information;
    LogFormat format = LogFormat::Text;
    std::string file; ///< "": standard error
    std::size_t rotateBytes = 0;
    std::uint32_t keepFiles = 0;
};

/// Who may read /metrics. Loopback: only this machine, by the address of the connection itself.
enum class MetricsAccess : std::uint8_t { Off = 1, Loopback, Admin, Public };

struct TelemetrySection {
    MetricsAccess metrics = MetricsAccess::Loopback;
};

/// A tenant besides the default one; its id is the key.
struct DomainSection {
    std::string dns;   ///< host name of its own, or "": reached at /<id>/
    std::string title; ///< shown on its login page, "": the server's
    std::uint32_t passwordMinLength = 0; ///< 0: login.password_min_length
    std::uint32_t maxAccounts = 0;       ///< 0: any number
};

struct ServerConfig {
    ServerSection server;
    DatabaseSection database;
    AgentsSection agents;
    LoginSection login;
    LimitsSection limits;
    RelaySection relay;
    LogSection log;
    TelemetrySection telemetry;
    std::map<std::string, DomainSection, std::less<>> domains;

    /// What paths of a tenant begin with: "/<id>", or "" where it has a host name of its own (and for
    /// the default one).
    std::string prefixOf(std::string_view domain) const;
    /// "https://host[:port][/<id>]" of a tenant, from the default one's.
    std::string urlOf(std::string_view domain, std::string_view publicUrl) const;
};

/// From a value that passed serverSchema() and has its defaults.
ServerConfig toServerConfig(const boost::json::object& values);

} // namespace trellis::config
