#include "core/config/cross_check.hpp"

#include "core/config/backup_config.hpp"

#include <map>
#include <string>
#include <string_view>

namespace trellis::config {

namespace {

/// First parts of paths that are the server's own (control-protocol.md section 1.1 and section 8).
constexpr std::string_view kTaken =
    "public private images scripts styles views api plugins assets icons fonts login agentinvite "
    "meshagents meshsettings healthz metrics";

bool isDomainId(std::string_view id) {
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    const bool isText = !id.empty() && id.size() <= 64 && id.front() != '_' && id.front() != '-' &&
                        id.find_first_not_of(kAllowed) == std::string_view::npos;
    return isText && (" " + std::string(kTaken) + " ").find(" " + std::string(id) + " ") ==
                         std::string::npos;
}

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return text;
}

class CrossCheck {
public:
    CrossCheck(const Config& config, Report& report) : config_(config), report_(report) {}

    void run() {
        const ServerConfig& c = config_.server();
        if (c.server.redirectPort == c.server.port) {
            problem("server", "redirect_port", "must not be the same as server.port");
        }
        checkUrl(c.server.publicUrl);
        checkDatabase(c.database.url);
        checkBackup(backupSection(config_.values()));
        if (c.agents.ping.count() != 0 && c.agents.idleTimeout.count() != 0 &&
            c.agents.ping >= c.agents.idleTimeout) {
            problem("agents", "ping_s", "must be less than agents.idle_timeout_s");
        }
        if (c.login.sessionIdle > c.login.sessionMax) {
            problem("login", "session_idle_s", "must not be more than login.session_max_s");
        }
        if (c.limits.connectionsPerAddress > c.limits.connections) {
            problem("limits", "connections_per_address",
                    "must not be more than limits.connections");
        }
        if (c.limits.commandBytes > c.limits.queueBytes * 8) {
            problem("limits", "command_bytes", "must not be more than 8 times limits.queue_bytes");
        }
        checkDomains(c);
    }

private:
    void problem(const std::string& section, const std::string& key, const std::string& text) {
        report_.error(config_.place('/' + section + '/' + key), section + '.' + key, text);
    }

    void checkUrl(std::string_view url) {
        if (url.empty())
            return;
        constexpr std::string_view kScheme = "https://";
        if (url.substr(0, kScheme.size()) != kScheme) {
            problem("server", "public_url", "must begin with https://");
        } else if (url.find_first_of("?#", kScheme.size()) != std::string_view::npos ||
                   url.find('/', kScheme.size()) < url.size() - 1) {
            problem("server", "public_url", "must be a host and port without a path");
        }
    }

    void checkBackup(const BackupSection& backup) {
        const auto& at = backup.dailyAt;
        const auto isDigit = [&](std::size_t place) { return at[place] >= '0' && at[place] <= '9'; };
        const bool isTime = at.empty() || (at.size() == 5 && isDigit(0) && isDigit(1) &&
                                           at[2] == ':' && isDigit(3) && isDigit(4) &&
                                           at.substr(0, 2) < "24" && at.substr(3) < "60");
        if (!isTime)
            problem("backup", "daily_at", "must be a time of day such as 03:30");
        if (backup.isScheduled() && backup.passphrase.empty())
            problem("backup", "passphrase", "is needed for backups by schedule");
        if (!backup.passphrase.empty() && backup.passphrase.size() < 12)
            problem("backup", "passphrase", "must have at least 12 characters");
    }

    /// The URL may hold a password: it is not repeated.
    void checkDatabase(std::string_view url) {
        if (url.empty())
            return;
        for (const std::string_view scheme : {"sqlite:", "postgresql://", "postgres://"}) {
            if (url.size() > scheme.size() && url.substr(0, scheme.size()) == scheme)
                return;
        }
        problem("database", "url", "must begin with sqlite: or postgresql://");
    }

    void checkDomains(const ServerConfig& c) {
        std::map<std::string, std::string> taken{{lower(c.server.name), "server.name"}};
        for (const auto& [id, section] : c.domains) {
            const auto key = [&, id = id](const std::string& name, const std::string& text) {
                report_.error(config_.place("/domains/" + id + "/" + name),
                              "domains." + id + "." + name, text);
            };
            if (!isDomainId(id)) {
                report_.error(config_.place("/domains/" + id), "domains." + id,
                              "an id is 1 to 64 of a-z, 0-9, _ and -, begins with a letter or digit "
                              "and is no folder of the page (" + std::string(kTaken) + ")");
            }
            if (section.passwordMinLength != 0 && section.passwordMinLength < 8)
                key("password_min_length", "must be 0 or at least 8");
            if (section.dns.empty())
                continue;
            const auto [other, isNew] = taken.emplace(lower(section.dns), "domains." + id + ".dns");
            if (!isNew)
                key("dns", "is the same as " + other->second);
        }
    }

    const Config& config_;
    Report& report_;
};

} // namespace

void crossCheck(const Config& config, Report& report) {
    CrossCheck(config, report).run();
}

} // namespace trellis::config
