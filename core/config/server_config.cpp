#include "core/config/server_config.hpp"

#include <algorithm>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <Poco/Environment.h>
#include <Poco/Exception.h>

namespace trellis::config {

namespace json = boost::json;

namespace {

/// One section; every key is present, because the schema gives it a default.
class Reader {
public:
    Reader(const json::object& values, std::string_view section)
        : values_(values.at(section).as_object()) {}

    template <class T> T number(std::string_view key) const {
        return static_cast<T>(values_.at(key).as_int64());
    }
    std::chrono::seconds seconds(std::string_view key) const {
        return std::chrono::seconds(values_.at(key).as_int64());
    }
    bool flag(std::string_view key) const { return values_.at(key).as_bool(); }
    std::string text(std::string_view key) const {
        const json::string& text = values_.at(key).as_string();
        return {text.data(), text.size()};
    }
    std::vector<std::string> texts(std::string_view key) const {
        std::vector<std::string> all;
        for (const json::value& item : values_.at(key).as_array())
            all.emplace_back(item.as_string().c_str());
        return all;
    }

private:
    const json::object& values_;
};

/// "localhost" when the machine has no name: never empty, because certificates carry it.
std::string machineName() {
    try {
        const std::string name = Poco::Environment::nodeName();
        return name.empty() ? "localhost" : name;
    } catch (const Poco::Exception&) {
        return "localhost";
    }
}

ServerSection readServer(const Reader& in) {
    ServerSection out;
    out.name = in.text("name");
    if (out.name.empty())
        out.name = machineName();
    out.title = in.text("title");
    out.port = in.number<std::uint16_t>("port");
    out.bind = in.texts("bind");
    out.redirectPort = in.number<std::uint16_t>("redirect_port");
    out.publicUrl = in.text("public_url");
    if (!out.publicUrl.empty() && out.publicUrl.back() == '/')
        out.publicUrl.pop_back();
    out.fastCerts = in.flag("fast_certs");
    out.userMessages = in.texts("user_messages");
    out.trustedProxies = in.texts("trusted_proxies");
    out.ioLoops = in.number<std::uint32_t>("io_loops");
    out.workerThreads = in.number<std::uint32_t>("worker_threads");
    return out;
}

DatabaseSection readDatabase(const Reader& in) {
    DatabaseSection out;
    out.url = in.text("url");
    out.busyTimeout = std::chrono::milliseconds(in.number<std::int64_t>("busy_timeout_ms"));
    out.poolSize = in.number<std::uint32_t>("pool_size");
    out.keepEvents = std::chrono::days(in.number<int>("keep_events_days"));
    return out;
}

AgentsSection readAgents(const Reader& in) {
    AgentsSection out;
    out.path = in.text("path");
    out.idleTimeout = in.seconds("idle_timeout_s");
    out.ping = in.seconds("ping_s");
    out.handshakeTimeout = in.seconds("handshake_timeout_s");
    out.maxMessageBytes = in.number<std::size_t>("max_message_bytes");
    out.maxAgents = in.number<std::uint32_t>("max_agents");
    out.reviveGroups = in.flag("revive_groups");
    out.update = in.flag("update");
    return out;
}

LoginSection readLogin(const Reader& in) {
    LoginSection out;
    out.maxFailures = in.number<std::uint32_t>("max_failures");
    out.window = in.seconds("window_s");
    out.lock = in.seconds("lock_s");
    out.sessionIdle = in.seconds("session_idle_s");
    out.sessionMax = in.seconds("session_max_s");
    out.setupToken = in.seconds("setup_token_s");
    out.passwordMinLength = in.number<std::uint32_t>("password_min_length");
    out.links = in.flag("links");
    return out;
}

LimitsSection readLimits(const Reader& in) {
    LimitsSection out;
    out.connections = in.number<std::uint32_t>("connections");
    out.connectionsPerAddress = in.number<std::uint32_t>("connections_per_address");
    out.headBytes = in.number<std::size_t>("head_bytes");
    out.bodyBytes = in.number<std::size_t>("body_bytes");
    out.commandBytes = in.number<std::size_t>("command_bytes");
    out.commandsPerSecond = in.number<std::uint32_t>("commands_per_second");
    out.queueBytes = in.number<std::size_t>("queue_bytes");
    out.sessionsPerUser = in.number<std::uint32_t>("sessions_per_user");
    out.tlsHandshake = in.seconds("tls_handshake_s");
    out.head = in.seconds("head_s");
    out.idle = in.seconds("idle_s");
    return out;
}

RelaySection readRelay(const Reader& in) {
    RelaySection out;
    out.pairing = in.seconds("pairing_s");
    out.idleTimeout = in.seconds("idle_timeout_s");
    out.bufferBytes = in.number<std::size_t>("buffer_bytes");
    out.maxSessions = in.number<std::uint32_t>("max_sessions");
    return out;
}

LogLevel levelOf(std::string_view word) {
    if (word == "error")
        return LogLevel::Error;
    if (word == "warning")
        return LogLevel::Warning;
    if (word == "debug")
        return LogLevel::Debug;
    return word == "trace" ? LogLevel::Trace : LogLevel::Information;
}

LogSection readLog(const Reader& in) {
    LogSection out;
    out.level = levelOf(in.text("level"));
    out.format = in.text("format") == "json" ? LogFormat::Json : LogFormat::Text;
    out.file = in.text("file");
    out.rotateBytes = in.number<std::size_t>("rotate_bytes");
    out.keepFiles = in.number<std::uint32_t>("keep_files");
    return out;
}

MetricsAccess accessOf(std::string_view word) {
    if (word == "off")
        return MetricsAccess::Off;
    if (word == "admin")
        return MetricsAccess::Admin;
    return word == "public" ? MetricsAccess::Public : MetricsAccess::Loopback;
}

DomainSection readDomain(const Reader& in) {
    DomainSection out;
    out.dns = in.text("dns");
    out.title = in.text("title");
    out.passwordMinLength = in.number<std::uint32_t>("password_min_length");
    out.maxAccounts = in.number<std::uint32_t>("max_accounts");
    return out;
}

} // namespace

ServerConfig toServerConfig(const json::object& values) {
    ServerConfig config;
    config.server = readServer({values, "server"});
    config.database = readDatabase({values, "database"});
    config.agents = readAgents({values, "agents"});
    config.login = readLogin({values, "login"});
    config.limits = readLimits({values, "limits"});
    config.relay = readRelay({values, "relay"});
    config.log = readLog({values, "log"});
    config.telemetry.metrics = accessOf(Reader(values, "telemetry").text("metrics"));
    if (const auto* domains = values.if_contains("domains"))
        for (const auto& [id, section] : domains->as_object())
            config.domains[id] = readDomain({domains->as_object(), id});
    return config;
}

std::string ServerConfig::prefixOf(std::string_view domain) const {
    const auto found = domains.find(domain);
    return found == domains.end() || !found->second.dns.empty() ? "" : "/" + std::string(domain);
}

std::string ServerConfig::urlOf(std::string_view domain, std::string_view publicUrl) const {
    const auto found = domains.find(domain);
    if (found == domains.end())
        return std::string(publicUrl);
    if (found->second.dns.empty())
        return std::string(publicUrl) + prefixOf(domain);
    constexpr std::string_view kScheme = "https://";
    const auto host = publicUrl.substr(std::min(kScheme.size(), publicUrl.size()));
    const auto bracket = host.rfind(']'); // of an IPv6 address
    const auto colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
    const auto port = colon == std::string_view::npos ? std::string_view() : host.substr(colon);
    return std::string(kScheme) + found->second.dns + std::string(port);
}

} // namespace trellis::config
