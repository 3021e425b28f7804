#include "core/app/parts.hpp"

#include <algorithm>
#include <limits>
#include <thread>

#include <trellis/sdk/error.hpp>

#include "core/api/control/connection.hpp"
#include "core/api/control/keep_signed_in.hpp"
#include "core/app/audit_commands.hpp"
#include "core/app/backup_commands.hpp"
#include "core/app/config_command.hpp"
#include "core/app/log_event.hpp"
#include "core/app/paths.hpp"
#include "core/app/server.hpp"
#include "core/config/backup_config.hpp"
#include "core/config/toggles.hpp"
#include "core/plugin/commands.hpp"
#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"

namespace trellis::app {
namespace {

sdk::Log& log() {
    static auto& instance = telemetry::log("app");
    return instance;
}

/// For control connections, beside the loops that carry everybody's data.
std::size_t quickLoops() {
    return std::max(1U, std::thread::hardware_concurrency() / 4);
}

store::InstanceLock takeLock(const std::filesystem::path& data) {
    auto lock = store::InstanceLock::tryTake(data);
    if (!lock) {
        throw sdk::Error(sdk::ErrorCode::Unavailable,
                         "another server runs on " + data.string() + "; stop it first");
    }
    return std::move(*lock);
}

bus::WorkerPool::Settings workerSettings(const config::ServerSection& section) {
    bus::WorkerPool::Settings settings;
    const auto cores = std::max(1u, std::thread::hardware_concurrency());
    // Workers mostly wait for the disk or sign; a few more than cores keep both busy.
    settings.threads = section.workerThreads > 0 ? section.workerThreads : cores + 4;
    settings.queueLimit = 20000;
    return settings;
}

auth::CertificateOptions certificateOptions(const LaunchOptions& options,
                                            const config::ServerSection& section) {
    auth::CertificateOptions certificates;
    certificates.folder = options.data / "certs";
    certificates.serverName = section.name;
    certificates.strength =
        section.fastCerts ? auth::KeyStrength::Rsa2048 : auth::KeyStrength::Rsa3072;
    return certificates;
}

std::vector<net::Cidr> networks(const std::vector<std::string>& texts) {
    std::vector<net::Cidr> found;
    for (const auto& text : texts) {
        if (auto network = net::Cidr::parse(text)) found.push_back(*network);
    }
    return found;
}

enum class Doors : std::uint8_t { PathsAndHosts = 1, PathsOnly };

/// `trellisctl` reaches every tenant by its path, whatever host name it has.
net::Tenants tenantDoors(const config::ServerConfig& config, Doors doors) {
    net::Tenants tenants;
    for (const auto& [id, section] : config.domains) {
        if (section.dns.empty() || doors == Doors::PathsOnly)
            tenants.addPath(id);
        else
            tenants.addHost(id, section.dns);
    }
    return tenants;
}

std::filesystem::path ownAgent() {
    const auto path = programFile().parent_path() / "trellis-agent";
    std::error_code ignored;
    return std::filesystem::exists(path, ignored) ? path : std::filesystem::path();
}

}  // namespace

Parts::Parts(const LaunchOptions& o, std::shared_ptr<const config::Config> c)
    : options(o),
      loaded(std::move(c)),
      config(loaded->server()),
      lock(takeLock(options.data)),
      loops(config.server.ioLoops, "io", quickLoops()),
      workers(workerSettings(config.server)),
      certificates(auth::ServerCertificates::open(certificateOptions(options, config.server),
                                                  telemetry::log("certificates"))),
      records(options.data, config),
      tls(net::TlsContext::create(net::TlsProfile::Modern, certificates->web())),
      router(std::make_shared<net::Router>()),
      localRouter(std::make_shared<net::Router>()),
      bridge(records.directory, events),
      agents({records.directory, records.sideDocuments, records.events, records.rights,
              *certificates, records.sessions, records.urlTokens, workers, config.agents,
              config.server, config.limits.queueBytes,
              [this](const sdk::Request& request, const boost::json::object& facts) {
                  return decisions.ask("agent.admit", request, facts);
              },
              [this](std::string_view tenant, std::string_view url) {
                  return config.urlOf(tenant, url);
              },
              ownAgent()}),
      relay({records.directory, records.events, records.rights, *certificates, records.sessions,
             records.urlTokens, agents.hub(), events, workers, config.relay, config.agents.ping,
             [this](const sdk::Request& request, const boost::json::object& facts) {
                 return decisions.ask("tunnel.allow", request, facts);
             },
             [this](std::string_view tenant) { return config.prefixOf(tenant); }}),
      everyAccess(records.directory, records.rights),
      access(everyAccess, records.apiTokens),
      audit(*records.database, workers, records.settings,
            api::audit::headPath(options.data)),
      dispatcher({&access, &audit, &timers, &workers, &decisions, &telemetry::log("api")}),
      devicePort(agents.hub()),
      tunnelPort(relay),
      installPort(agents, records.directory),
      serverPort(*certificates, config.server),
      api({config,          loops,             workers,           timers,
           events,          decisions,         records.directory,
           records.events,  records.sideDocuments, records.rights,
           records.accounts, records.factors,  records.logins,   records.loginTokens,
           records.apiTokens,
           records.sessions, records.setupToken, records.urlTokens,
           access,          dispatcher,        devicePort,
           tunnelPort,      installPort,       serverPort,
           records.power,   options.data / "files"}),
      hubRouter(api.control().hub()),
      adminCommands(addAdminCommands(dispatcher, records, agents, serverPort)),
      backups(options, loaded, *records.database, records.settings),
      backupCommands(addBackupCommands(dispatcher, backups, workers)),
      commandsPort(dispatcher),
      routesPort(*router, api.callers(), access, records.urlTokens),
      tunnelsPort(relay.registry()),
      agentsPort(agents, records.directory),
      listenersPort(loops, tls),
      storagePort(*records.database, records.settings, records.factors),
      recordsPort({records.directory, access, records.events, audit, serverPort, records.urlTokens,
                   [this](const model::Event& event) { api.control().feed().publish(event); }}),
      guestsPort(relay),
      ownTunnelsPort(relay),
      directoryService(std::make_shared<DirectoryService>(records.directory, records.rights)),
      pageEvents(std::make_shared<PageEventsService>(api.control().hub())) {
    adminCommands.push_back(addAuditCommand(dispatcher, audit));
    api.health().add("backup", [this] { return backups.fault(); },
                     api::HealthDoor::Weight::Minor);
    agents.setRouter(&hubRouter);
    api.invites().setOffers([this] {
        std::vector<api::AgentOffer> offers;
        for (const auto& binary : agents.binaries().all()) offers.push_back({binary.archId, binary.name});
        return offers;
    });
    records.apiTokens.onEnded([this](const std::string& id) { api.streams().tokenEnded(id); });
    tokenGate = decisions.add(
        "command.allow", std::numeric_limits<int>::min(),
        [this](const sdk::Request& request, const boost::json::object& facts) {
            const auto command = dispatcher.find(facts.at("command").as_string());
            const bool isRefused =
                !command ||
                api::tokenRefusal(records.apiTokens, request.caller, command->spec->command);
            return isRefused ? sdk::Decision::Deny : sdk::Decision::Abstain;
        });
    records.events.onRecorded([this](const model::Event& event) {
        api.control().feed().publish(event);
        events.publish(kEventRecorded, LogEvent{event});
    });
    records.sessions.onRevoked([this](const auth::Session& session) {
        api.control().feed().sessionEnded(session);
        api.streams().sessionEnded(session.publicId);
        relay.cutSession(session.publicId, "the login session ended");
    });
}

Parts::~Parts() {
    stop();
}

plugin::Ports Parts::ports() {
    plugin::Ports ports;
    ports.commands = &commandsPort;
    ports.routes = &routesPort;
    ports.tunnels = &tunnelsPort;
    ports.agents = &agentsPort;
    ports.listeners = &listenersPort;
    ports.storage = &storagePort;
    ports.workers = &workers;
    ports.timers = &timers;
    ports.events = &events;
    ports.decisions = &decisions;
    ports.services = {
        {&typeid(sdk::DeviceDirectory), std::static_pointer_cast<void>(directoryService)},
        {&typeid(sdk::PageEvents), std::static_pointer_cast<void>(pageEvents)}};
    ports.records = &recordsPort;
    ports.guests = &guestsPort;
    ports.ownTunnels = &ownTunnelsPort;
    return ports;
}

void Parts::startPlugins(config::Source source) {
    plugin::Settings settings;
    settings.folders = options.pluginRoots.empty() ? pluginRoots() : options.pluginRoots;
    settings.dataDir = options.data;
    settings.journal = options.data / "plugin-journal";
    plugins = std::make_unique<plugin::PluginHost>(ports(), std::move(settings));
    for (auto& command : plugin::pluginCommands(
             *plugins, [data = options.data](const std::string& id, bool isEnabled) {
                 config::setPluginEnabled(data, id, isEnabled);
             })) {
        pluginCommands.push_back(
            dispatcher.add(std::move(command.spec), std::move(command.handler), "core"));
    }
    pluginCommands.push_back(addConfigCommand(dispatcher, *plugins));
    newsStrand = std::make_shared<bus::Strand>(workers);
    pluginNews = events.on<sdk::PluginEvent>(
        sdk::kPluginStateChanged, newsStrand,
        [this](const sdk::PluginEvent& event) { tellPluginState(event); });
    plugins->discover();
    plugins->describe([this](const std::string& id) { return loaded->pluginEnabled(id); });
    const auto checked = plugins->check(source);
    if (!checked.config) throw ConfigurationError(checked.report.text());
    const auto outcome = plugins->start(checked.config, std::move(source));
    if (outcome.missing.empty()) return;
    std::string text = "a required plugin does not run:";
    for (const auto& sentence : outcome.missing) text += "\n" + sentence;
    if (outcome.isConfigurationFault) throw ConfigurationError(text);
    throw sdk::Error(sdk::ErrorCode::Internal, text);
}

/// Every page has to know, since tabs come and go; why is for administrators.
void Parts::tellPluginState(const sdk::PluginEvent& event) {
    for (const auto& connection : api.control().hub().all()) {
        boost::json::object news{
            {"action", "plugin.stateChanged"}, {"id", event.id}, {"state", event.state}};
        const auto user = records.directory.user(connection->userId());
        if (user && user->isFullAdmin() && user->domain.empty()) news["reason"] = event.reason;
        connection->send({{"action", "event"}, {"event", std::move(news)}});
    }
}

void Parts::listen() {
    startHousekeeping();
    api.mountLocal(*localRouter);
    api.mount(*router);
    backupRoute = mountBackups(*router, backups, api.callers());
    agents.mount(*router);
    relay.mount(*router);
    page = std::make_unique<PageRoutes>(*router, webRoot(), *plugins, api.callers());
    net::HttpServerOptions httpOptions;
    httpOptions.headTimeout = config.limits.head;
    httpOptions.keepAliveTimeout = config.limits.idle;
    httpOptions.trustedProxies = networks(config.server.trustedProxies);
    httpOptions.tenants = tenantDoors(config, Doors::PathsAndHosts);
    const net::Executor executor = [this](net::Task task) {
        if (!workers.post(std::move(task))) {
            throw sdk::Error(sdk::ErrorCode::Unavailable, "the server is busy");
        }
    };
    http = std::make_unique<net::HttpServer>(router, executor, httpOptions);
    net::HttpServerOptions localOptions;
    localOptions.tenants = tenantDoors(config, Doors::PathsOnly);
    localHttp = std::make_unique<net::HttpServer>(localRouter, executor, localOptions);

    net::ListenerOptions local;
    local.name = "local";
    local.unixPath = controlSocket(options.data).string();
    local.maxConnections = 64;
    listeners.push_back(std::make_unique<net::Listener>(loops, local, localHttp->factory()));

    auto addresses = config.server.bind;
    if (addresses.empty()) addresses.emplace_back();
    for (const auto& address : addresses) {
        net::ListenerOptions secure;
        secure.name = "https";
        secure.address = address;
        secure.port = config.server.port;
        secure.tls = tls;
        secure.maxConnections = config.limits.connections;
        secure.handshakeTimeout = config.limits.tlsHandshake;
        listeners.push_back(std::make_unique<net::Listener>(loops, secure, http->factory()));
        serverPort.setPort(listeners.back()->port());
    }
    if (config.server.redirectPort != 0) {
        net::ListenerOptions plain;
        plain.name = "redirect";
        plain.port = config.server.redirectPort;
        plain.maxConnections = 1000;
        listeners.push_back(
            std::make_unique<net::Listener>(loops, plain, net::redirectToHttps(port())));
    }
}

void Parts::startHousekeeping() {
    records.directory.startWriter();
    records.power.serverStarted();
    const auto onWorkers = [this](std::function<void()> task) {
        return workers.post(std::move(task));
    };
    housekeeping.push_back(timers.every(std::chrono::seconds(30), onWorkers, [this] {
        api::keepSignedIn(api.control().hub(), records.sessions);
        records.sessions.flush();
        audit.syncHead();
    }));
    housekeeping.push_back(timers.every(std::chrono::hours(1), onWorkers, [this] {
        constexpr std::chrono::hours kKeepPower{24 * 10}; // control-protocol specification, 5.1
        records.power.expire(kKeepPower);
        api.removeStaleDevices();
    }));
    housekeeping.push_back(
        timers.every(std::chrono::minutes(1), onWorkers, [this] { backups.makeIfDue(); }));
    if (const auto keep = config::keepAudit(loaded->values()); keep.count() > 0) {
        housekeeping.push_back(timers.every(std::chrono::hours(1), onWorkers,
                                            [this, keep] { audit.expire(keep); }));
    }
    constexpr std::chrono::seconds kLookForTemporary{20};
    housekeeping.push_back(timers.every(kLookForTemporary, onWorkers, [this] {
        api.removeTemporaryDevices();
    }));
    model::EventRetention retention;
    retention.age = config.database.keepEvents;
    if (retention.age.count() > 0) {
        housekeeping.push_back(timers.every(std::chrono::hours(1), onWorkers, [this, retention] {
            records.events.expire(retention);
        }));
    }
}

void Parts::reload(config::Source source) {
    const auto checked = plugins->reload(source);
    if (!checked.config) {
        log().error("configuration not reloaded", {{"problems", checked.report.text()}});
    } else {
        for (const auto& change : config::diff(*loaded, *checked.config).changes) {
            log().info("configuration differs from the start's", {{"change", change.text()}});
        }
        agents.binaries().refresh(checked.config->server().agents.path);
    }
    if (certificates->reload(config.server.name)) {
        tls->replace(certificates->web());
        log().info("web certificate replaced");
    }
}

void Parts::stop() {
    if (isStopped) return;
    isStopped = true;
    listeners.clear();
    housekeeping.clear();
    page.reset();
    // Before the plugins, or sessions would end because theirs was disabled.
    relay.cutAll();
    // Before the plugins: their parts of the script are withdrawn, and devices must not be given one
    // without them, which would end what runs there.
    agents.hub().disconnectAll("the server stops");
    if (plugins) plugins->stop();
    pluginNews.reset();
    api.control().hub().closeAll();
    api.streams().endAll();
    relay.cutAll();
    loops.stop();
    timers.stop();
    workers.stop();
    records.events.flush();
    records.directory.flush();
    records.power.flush();
    records.sessions.flush();
    audit.syncHead();
}

std::uint16_t Parts::port() const noexcept {
    for (const auto& listener : listeners) {
        if (listener->port() != 0) return listener->port();
    }
    return config.server.port;
}

std::string Parts::url() const {
    return serverPort.facts().publicUrl + "/";
}

std::optional<std::string> Parts::setupLink() {
    const auto token = records.setupToken.issue();
    if (!token) return std::nullopt;
    return url() + "#/setup?token=" + *token;
}

}  // namespace trellis::app
