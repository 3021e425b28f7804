#include "core/config/server_schema.hpp"

#include <limits>
#include <utility>

#include <boost/json/value.hpp>

#include <trellis/sdk/error.hpp>
#include <trellis/sdk/schema_node.hpp>

namespace trellis::config {

using sdk::Format;
using sdk::Schema;

namespace {

constexpr std::int64_t kDay = 24 * 3600;
constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * 1024;

Schema whole(std::int64_t min, std::int64_t max, std::int64_t byDefault) {
    return Schema::integer().range(min, max).byDefault(byDefault);
}
Schema seconds(std::int64_t min, std::int64_t max, std::int64_t byDefault) {
    return whole(min, max, byDefault).unit("s");
}
Schema bytes(std::int64_t min, std::int64_t max, std::int64_t byDefault) {
    return whole(min, max, byDefault).unit("bytes");
}
Schema flag(bool byDefault) {
    return Schema::boolean().byDefault(byDefault);
}
/// "" or something of the format: an empty text switches the setting off.
Schema optionalText(Format format, std::int64_t max) {
    const Schema filled = Schema::string().format(format).range(1, max);
    return Schema::anyOf({filled, Schema::oneOf({""})}).byDefault("");
}
Schema texts(Format format, std::int64_t max) {
    return Schema::array(Schema::string().format(format))
        .range(0, max)
        .byDefault(boost::json::array());
}

Schema serverSection() {
    return Schema::object()
        .prop("name", optionalText(Format::Host, 253).needsRestart(),
              "Host name for certificates and links; agents connect to it. Empty: the machine's "
              "name.")
        .prop("title", Schema::string().format(Format::Line).range(1, 80).byDefault("Trellis"),
              "Shown on the login page and in the browser's tab.")
        .prop("port", whole(1, 65535, 8443).needsRestart(), "Port for browsers and agents (HTTPS).")
        .prop("bind", texts(Format::Address, 16).needsRestart(),
              "Addresses to listen on. Empty: every address of the machine.")
        .prop("redirect_port", whole(0, 65535, 0).needsRestart(),
              "Port that redirects plain HTTP to HTTPS, usually 80. 0: off.")
        .prop("public_url", optionalText(Format::Url, 300),
              "How the server is reached from outside, if not as https://name:port, for example "
              "behind a proxy: https://remote.example.org.")
        .prop("fast_certs", flag(false).needsRestart(),
              "Make RSA-2048 rather than RSA-3072 certificates on first start. Meant for tests.")
        .prop(
            "user_messages", texts(Format::Line, 1000).needsRestart(),
            "Users, by name or id, who may send messages to each other's programs (interuser): the "
            "sender or the receiver has to be named. *: everybody. Empty: nobody.")
        .prop("trusted_proxies", texts(Format::Network, 64),
              "Addresses or networks of proxies whose X-Forwarded-For is believed.")
        .prop("io_loops", whole(0, 64, 0).needsRestart(),
              "Threads that carry connections. 0: one for each processor.")
        .prop("worker_threads", whole(0, 256, 0).needsRestart(),
              "Threads for work that blocks. 0: chosen from the number of processors.");
}

Schema databaseSection() {
    return Schema::object()
        .prop("url",
              Schema::string()
                  .format(Format::Line)
                  .range(0, 1000)
                  .secret()
                  .byDefault("")
                  .needsRestart(),
              "Empty: SQLite in the data folder. Otherwise sqlite:/path/file.db or "
              "postgresql://user:password@host/database, best kept in a file: `!file db-url`.")
        .prop("busy_timeout_ms", whole(100, 60000, 5000).unit("ms").needsRestart(),
              "How long SQLite waits for a lock before a request is refused.")
        .prop("pool_size", whole(1, 100, 8).needsRestart(), "Connections to PostgreSQL.")
        .prop("keep_events_days", whole(0, 3650, 90).unit("days"),
              "Days after which events are deleted. 0: never.")
        .prop("keep_audit_days", whole(0, 3650, 0).unit("days").needsRestart(),
              "Days after which audit records are deleted, from the oldest on. 0: never.");
}

Schema backupSection() {
    return Schema::object()
        .prop("folder", Schema::string().format(Format::Line).range(0, 4096).byDefault("").needsRestart(),
              "Where backups are written. Empty: the folder backups in the data folder; better one on "
              "another disk.")
        .prop("daily_at", Schema::string().format(Format::Line).range(0, 5).byDefault("").needsRestart(),
              "Time of day, by the machine's clock, of a backup each day: 03:30. Empty: none.")
        .prop("every_h", whole(0, 24 * 31, 0).unit("hours").needsRestart(),
              "A backup every so many hours, counted from the last one. 0: none.")
        .prop("keep", whole(0, 1000, 7).unit("files").needsRestart(),
              "Backups that stay in the folder; the oldest ones beyond are deleted. 0: all stay.")
        .prop("passphrase",
              Schema::string()
                  .format(Format::Line)
                  .range(0, 1000)
                  .secret()
                  .byDefault("")
                  .needsRestart(),
              "What backups are encrypted with, at least 12 characters, best kept in a file: `!file "
              "backup-passphrase`. Keep a copy elsewhere: without it a backup can't be restored.");
}

Schema agentsSection() {
    return Schema::object()
        .prop("path", Schema::string().format(Format::Line).range(0, 4096).byDefault(""),
              "Folder with MeshCentral agent binaries to offer besides trellis-agent. Empty: none.")
        .prop(
            "idle_timeout_s", seconds(0, kDay, 150),
            "Silence after which an agent's connection is closed. 0: never. Agents ping every 120 "
            "seconds.")
        .prop("ping_s", seconds(0, 3600, 0),
              "How often the server pings agents itself, for networks that drop idle connections. "
              "0: never.")
        .prop("handshake_timeout_s", seconds(5, 600, 30),
              "Time in which an agent must have proved who it is.")
        .prop("max_message_bytes", bytes(64 * kKiB, 64 * kMiB, kMiB),
              "Longest message from an agent; a longer one closes its connection.")
        .prop("max_agents", whole(1, 1000000, 50000), "Agents that may be connected at once.")
        .prop("revive_groups", flag(true),
              "A deleted device group comes back, without its users, when an agent of it connects "
              "anew. false: such agents are not let in.")
        .prop("update", flag(true), "Offer newer agent binaries to agents that ask.");
}

Schema loginSection() {
    return Schema::object()
        .prop("max_failures", whole(1, 1000, 10),
              "Wrong passwords or codes within window_s that lock the account and the address.")
        .prop("window_s", seconds(10, kDay, 600), "Time over which failures are counted.")
        .prop("lock_s", seconds(10, kDay, 600), "How long a lock lasts.")
        .prop("session_idle_s", seconds(0, 30 * kDay, 3600),
              "Idle time after which a browser session ends. 0: never.")
        .prop("session_max_s", seconds(300, 365 * kDay, 30 * kDay), "Longest browser session.")
        .prop("setup_token_s", seconds(60, 7 * kDay, kDay),
              "How long the link to create the first administrator is valid.")
        .prop("password_min_length", whole(8, 128, 10).unit("characters"),
              "Shortest password of a new account.")
        .prop("links", flag(false).needsRestart(),
              "Users may ask for a cookie (logincookie) that signs in to the control channel as "
              "themselves for 60 minutes, without password and second factor.");
}

Schema limitsSection() {
    return Schema::object()
        .prop("connections", whole(16, 1000000, 60000).needsRestart(),
              "Connections at once; more are refused.")
        .prop("connections_per_address", whole(1, 1000000, 10000),
              "Connections at once from one address.")
        .prop("head_bytes", bytes(2 * kKiB, 256 * kKiB, 16 * kKiB), "Longest HTTP request head.")
        .prop("body_bytes", bytes(kKiB, 1024 * kMiB, kMiB),
              "Longest HTTP request body where a route does not say otherwise.")
        .prop("command_bytes", bytes(4 * kKiB, 16 * kMiB, kMiB),
              "Longest command on a control connection.")
        .prop("commands_per_second", whole(1, 10000, 100), "Commands of one control connection.")
        .prop(
            "queue_bytes", bytes(64 * kKiB, 64 * kMiB, kMiB),
            "Unsent bytes after which a control or agent connection that does not read is closed.")
        .prop("sessions_per_user", whole(1, 10000, 50), "Control connections of one user at once.")
        .prop("tls_handshake_s", seconds(1, 120, 10), "Time for a TLS handshake.")
        .prop("head_s", seconds(1, 120, 10), "Time for an HTTP request head.")
        .prop("idle_s", seconds(1, 3600, 60), "Idle time of an HTTP connection.");
}

Schema relaySection() {
    return Schema::object()
        .prop("pairing_s", seconds(5, 300, 30),
              "How long one end of a session waits for the other.")
        .prop("idle_timeout_s", seconds(0, 7 * kDay, 0),
              "Silence after which a session is closed. 0: never.")
        .prop("buffer_bytes", bytes(16 * kKiB, 4 * kMiB, 128 * kKiB),
              "Bytes held in each direction before the faster side is no longer read.")
        .prop("max_sessions", whole(1, 100000, 5000), "Sessions at once.");
}

Schema logSection() {
    return Schema::object()
        .prop("level",
              Schema::oneOf({"error", "warning", "information", "debug", "trace"})
                  .byDefault("information"),
              "What is written; each level includes those before it.")
        .prop("format", Schema::oneOf({"text", "json"}).byDefault("text"),
              "One line for each event.")
        .prop("file",
              Schema::string().format(Format::Line).range(0, 4096).byDefault("").needsRestart(),
              "File to write to. Empty: standard error, which systemd keeps in its journal.")
        .prop("rotate_bytes", bytes(64 * kKiB, 1024 * kMiB, 10 * kMiB),
              "Size at which a new file is begun.")
        .prop("keep_files", whole(0, 1000, 5).unit("files"), "Older files that are kept.");
}

Schema telemetrySection() {
    return Schema::object().prop(
        "metrics", Schema::oneOf({"off", "loopback", "admin", "public"}).byDefault("loopback"),
        "Who may read /metrics: nobody, this machine, signed-in administrators, or everybody.");
}

Schema domainSection() {
    return Schema::object()
        .prop("dns", optionalText(Format::Host, 253).needsRestart(),
              "Host name of its own, for which a certificate is needed too. Empty: it is reached at "
              "/<id>/ under the server's name.")
        .prop("title", Schema::string().format(Format::Line).range(0, 80).byDefault(""),
              "Shown on its login page and in the browser's tab. Empty: server.title.")
        .prop("password_min_length", whole(0, 128, 0).unit("characters").needsRestart(),
              "Shortest password of a new account here, at least 8. 0: as login says.")
        .prop("max_accounts", whole(0, 1000000, 0).needsRestart(),
              "Accounts it may have. 0: any number.");
}

} // namespace

Schema serverSchema() {
    return Schema::object()
        .prop("server", serverSection(), "Name, ports and threads.")
        .prop("database", databaseSection(), "Where records are kept.")
        .prop("backup", backupSection(), "Encrypted copies of everything the server keeps.")
        .prop("agents", agentsSection(), "Connections from devices.")
        .prop("login", loginSection(), "Passwords and browser sessions.")
        .prop("limits", limitsSection(), "What one sender may ask of the server.")
        .prop("relay", relaySection(), "Sessions between a browser and a device.")
        .prop("log", logSection(), "What the server writes about itself.")
        .prop("telemetry", telemetrySection(), "Metrics.")
        .prop("domains",
              Schema::map(domainSection())
                  .range(0, 1000)
                  .byDefault(boost::json::object())
                  .needsRestart(),
              "Tenants besides the default one, each with users, groups, devices and events of its "
              "own. The key is the id.");
}

Schema pluginSectionSchema(const Schema& options) {
    if (options.node().kind != sdk::SchemaKind::Object) {
        throw sdk::Error(sdk::ErrorCode::Internal, "a plugin's options must be an object");
    }
    Schema section = options;
    return section
        .prop("enabled", Schema::boolean(), "Whether the plugin runs; otherwise its manifest decides.")
        .prop("required", Schema::boolean(), "The server does not start when this plugin can't.");
}

Schema openSchema() {
    const Schema section = pluginSectionSchema(Schema::object().allowUnknown());
    return serverSchema().prop("plugins", Schema::map(section), "One section for each plugin.");
}

Schema fullSchema(const std::vector<PluginSchema>& plugins) {
    Schema sections = Schema::object();
    for (const PluginSchema& plugin : plugins) {
        const Schema options = plugin.options.value_or(Schema::object().allowUnknown());
        sections.prop(plugin.id, pluginSectionSchema(options), plugin.summary);
    }
    return serverSchema().prop("plugins", std::move(sections), "One section for each plugin.");
}

} // namespace trellis::config
