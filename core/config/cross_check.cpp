#include "core/config/cross_check.hpp"

#include <string>
#include <string_view>

namespace trellis::config {

namespace {

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

    const Config& config_;
    Report& report_;
};

} // namespace

void crossCheck(const Config& config, Report& report) {
    CrossCheck(config, report).run();
}

} // namespace trellis::config
