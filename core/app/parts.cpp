#include "core/app/parts.hpp"

#include <algorithm>
#include <thread>

#include <trellis/sdk/error.hpp>

#include "core/api/control/connection.hpp"
#include "core/app/paths.hpp"
#include "core/app/server.hpp"
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
      loops(config.server.ioLoops),
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
              ownAgent()}),
      relay({records.directory, records.events, records.rights, *certificates, records.sessions,
             records.urlTokens, agents.hub(), events, workers, config.relay, config.agents.ping,
             [this](const sdk::Request& request, const boost::json::object& facts) {
                 return decisions.ask("tunnel.allow", request, facts);
             }}),
      access(records.directory, records.rights),
      audit(*records.database, workers),
      dispatcher({&access, &audit, &timers, &workers, &decisions, &telemetry::log("api")}),
      devicePort(agents.hub()),
      tunnelPort(relay),
      installPort(agents, records.directory),
      serverPort(*certificates, config.server),
      api({config,          workers,           timers,
           events,          decisions,         records.directory,
           records.events,  records.sideDocuments, records.rights,
           records.accounts, records.logins,   records.loginTokens,
           records.sessions, records.setupToken, records.urlTokens,
           access,          dispatcher,        devicePort,
           tunnelPort,      installPort,       serverPort,
           records.power,   options.data / "files"}),
      hubRouter(api.control().hub()),
      adminCommands(addAdminCommands(dispatcher, records, agents, serverPort)),
      commandsPort(dispatcher),
      routesPort(*router, api.callers(), access, records.urlTokens),
      tunnelsPort(relay.registry()),
      agentsPort(agents, records.directory),
      listenersPort(loops, tls),
      storagePort(*records.database, records.settings) {
    agents.setRouter(&hubRouter);
    records.events.onRecorded([this](const model::Event& event) { api.control().feed().publish(event); });
    records.sessions.onRevoked([this](const auth::Session& session) {
        api.control().feed().sessionEnded(session);
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
        if (user && user->isFullAdmin()) news["reason"] = event.reason;
        connection->send({{"action", "event"}, {"event", std::move(news)}});
    }
}

void Parts::listen() {
    startHousekeeping();
    api.mountLocal(*localRouter);
    api.mount(*router);
    agents.mount(*router);
    relay.mount(*router);
    page = std::make_unique<PageRoutes>(*router, webRoot(), *plugins, api.callers());
    net::HttpServerOptions httpOptions;
    httpOptions.headTimeout = config.limits.head;
    httpOptions.keepAliveTimeout = config.limits.idle;
    httpOptions.trustedProxies = networks(config.server.trustedProxies);
    const net::Executor executor = [this](net::Task task) {
        if (!workers.post(std::move(task))) {
            throw sdk::Error(sdk::ErrorCode::Unavailable, "the server is busy");
        }
    };
    http = std::make_unique<net::HttpServer>(router, executor, httpOptions);
    localHttp = std::make_unique<net::HttpServer>(localRouter, executor);

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
        records.sessions.flush();
    }));
    housekeeping.push_back(timers.every(std::chrono::hours(1), onWorkers, [this] {
        constexpr std::chrono::hours kKeepPower{24 * 10}; // control-protocol specification, 5.1
        records.power.expire(kKeepPower);
        api.removeStaleDevices();
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
    if (plugins) plugins->stop();
    pluginNews.reset();
    api.control().hub().closeAll();
    relay.cutAll("the server stops");
    agents.hub().disconnectAll("the server stops");
    loops.stop();
    timers.stop();
    workers.stop();
    records.events.flush();
    records.directory.flush();
    records.power.flush();
    records.sessions.flush();
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
