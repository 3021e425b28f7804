#include "agent/app/agent.hpp"

#include "agent/base/file.hpp"
#include "agent/base/inflate.hpp"
#include "agent/base/log.hpp"
#include "agent/base/memory.hpp"
#include "agent/platform/linux/facts.hpp"

#include <trellis/wire/text.hpp>

#include <unistd.h>

namespace trellis::device {
namespace {
/// Protocol 3.6: without a verdict on the cached core it is started anyway.
constexpr Milliseconds kCoreWait{60'000};
/// After this a fresh connection has settled and what it took can be given back.
constexpr Milliseconds kCalmAfter{10'000};
/// A server whose update does not fit would send it again at each connection, and nothing else.
constexpr Milliseconds kUpdatePause{3600'000};

DeviceFacts makeFacts(bool isTemporary) {
    DeviceFacts facts;
    facts.agentId = platform::agentId();
    facts.platformType = platform::platformType();
    // Protocol 3.3: desktop, terminal and files are added by the script's coreinfo.
    facts.capabilities = wire::capability::kConsole | wire::capability::kJavaScript |
                         wire::capability::kCompression |
                         (isTemporary ? wire::capability::kTemporary : 0U);
    facts.hostName = platform::hostName();
    facts.hostInfo = platform::osName() + " - " + platform::archName();
    facts.commitDate = "trellis-agent " TRELLIS_VERSION;
    return facts;
}
}  // namespace

std::string hungCoreFile(const std::string& dataFolder) { return dataFolder + "/core.hung"; }

Agent::Agent(Loop& loop, Settings settings, AgentOptions options)
    : loop_(loop), settings_(std::move(settings)), options_(std::move(options)),
      database_(options_.dataFolder + "/agent.db"), identity_(loadIdentity(database_)),
      facts_(makeFacts(options_.isTemporary)), core_(options_.dataFolder + "/core"),
      watchdog_(hungCoreFile(options_.dataFolder), settings_.scriptTimeLimit),
      script_(loop, tls_, *this, &watchdog_), updater_(options_.program),
      addresses_(loop, [this] { control_->onNetworkChange(); }), coreWait_(loop), calm_(loop),
      updatePause_(loop) {
    control_ = std::make_unique<Control>(loop_, tls_, settings_, identity_, database_, facts_,
                                         static_cast<Control::Handler&>(*this));
}

Agent::~Agent() { *alive_ = false; }

void Agent::start() {
    log::info("starting", {{"version", TRELLIS_VERSION},
                           {"device", wire::encodeId64(identity_.nodeId)},
                           {"data", options_.dataFolder}});
    control_->start();
}

void Agent::stop() {
    script_.stop();
    control_->stop();
}

// ---- the channel ----

void Agent::onReady() {
    calm_.start(kCalmAfter, releaseUnusedMemory);
    const auto tag = settings_.all.find("Tag");
    control_->send(wire::buildAgentTag(tag == settings_.all.end() ? "" : tag->second));
    if (script_.isRunning()) return script_.onConnected(true);
    if (core_.hash()) coreWait_.start(kCoreWait, [this] { runCachedCore(); });
}

void Agent::onLost() {
    coreWait_.stop();
    if (script_.isRunning()) script_.onConnected(false);
}

void Agent::onMessage(std::string_view message) {
    const auto bytes = wire::bytesOf(message);
    if (wire::isJson(bytes)) {
        if (script_.isRunning()) return script_.onServerMessage(message);
        // Without a script nobody else would answer (conformance 42).
        if (ScriptHost::actionOf(message) == "ping") sendToServer(true, R"({"action":"pong"})");
        return;
    }
    const auto command = wire::commandOf(bytes);
    if (!command) return;
    if (*command >= wire::kFirstScriptCommand) return script_.onServerMessage(message);
    onCommand(static_cast<wire::Command>(*command), message);
}

void Agent::onCommand(wire::Command command, std::string_view message) {
    const auto header = wire::parseHeader(wire::bytesOf(message));
    if (!header) return;
    switch (command) {
    case wire::Command::CoreModule:
    case wire::Command::CompressedCoreModule: return onCore(message);
    case wire::Command::CoreModuleHash: return replyCoreHash(header->requestId);
    case wire::Command::AgentHash: return replyProgramHash(header->requestId);
    case wire::Command::AgentUpdate: return onUpdate(message);
    case wire::Command::AgentUpdateBlock: return onUpdateBlock(message);
    case wire::Command::CoreOk: return runCachedCore();
    default: return;
    }
}

// ---- the core script ----

void Agent::onCore(std::string_view message) {
    const auto pushed = wire::parseCoreModule(wire::bytesOf(message));
    if (!pushed || settings_.noCoreUpdate) return;
    coreWait_.stop();
    script_.stop();
    auto core = std::string(wire::textOf(pushed->core));
    bool isGood = pushed->hash.has_value() && core.size() <= kMaxCore;
    if (isGood && pushed->compressed) {
        auto unpacked = inflateRaw(core, kMaxCore);
        isGood = unpacked.has_value();
        if (isGood) core = std::move(*unpacked);
    }
    isGood = isGood && core.size() >= wire::kCorePrefix &&
             wire::sha384(wire::bytesOf(core)) == *pushed->hash;
    if (!isGood) {
        if (pushed->hash) log::warning("pushed core refused: its hash does not fit");
        core_.clear();
        return replyCoreHash(pushed->requestId);
    }
    try {
        core_.put(core, *pushed->hash);
        // Sent on purpose, so it gets another chance even if it hung before.
        banCore(false);
        log::info("core taken", {{"hash", coreHash().substr(0, 16)},
                                 {"bytes", static_cast<long long>(core.size())}});
        runCore(core.substr(wire::kCorePrefix));
    } catch (const std::exception& e) {
        log::error("can't store the core", {{"reason", e.what()}});
        core_.clear();
    }
    replyCoreHash(pushed->requestId);
}

void Agent::replyCoreHash(std::uint16_t requestId) {
    if (settings_.noCoreUpdate) {
        control_->send(wire::buildHash(wire::Command::CoreModuleHash, wire::Hash{}, requestId));
    } else if (core_.hash()) {
        control_->send(wire::buildHash(wire::Command::CoreModuleHash, *core_.hash(), requestId));
    } else {
        control_->send(wire::buildHeader(wire::Command::CoreModuleHash, requestId));
    }
}

std::string Agent::coreHash() const {
    return core_.hash() ? wire::encodeHex(*core_.hash(), wire::HexCase::Upper) : "";
}

bool Agent::isCoreBanned(const wire::Hash& hash) const {
    const auto note = readFile(hungCoreFile(options_.dataFolder), 256);
    return note && *note == wire::encodeHex(hash, wire::HexCase::Upper);
}

void Agent::banCore(bool isBanned) {
    const auto path = hungCoreFile(options_.dataFolder);
    if (isBanned) {
        replaceFile(path, coreHash(), 0600);
    } else {
        ::unlink(path.c_str());
    }
}

void Agent::runCachedCore() {
    coreWait_.stop();
    if (script_.isRunning() || !core_.hash()) return;
    if (isCoreBanned(*core_.hash())) {
        return tell("the core did not return when it last ran, so it is not run; push it again to retry");
    }
    if (const auto script = core_.script()) {
        runCore(*script);
    } else {
        core_.clear();
    }
}

void Agent::runCore(const std::string& script) {
    watchdog_.setMark(coreHash());
    script_.start(script);
}

void Agent::tell(const std::string& text) {
    log::warning(text);
    sendToServer(true, R"({"action":"msg","type":"console","value":)" + jsonString(text) + '}');
}

Control::Sent Agent::sendToServer(bool isText, std::string_view message) {
    return control_->send(isText, message);
}

// ---- updates ----

bool Agent::isUpdateAllowed() const noexcept {
    return !settings_.disableUpdate && !options_.isTemporary && !updatePause_.isActive();
}

void Agent::replyProgramHash(std::uint16_t requestId) {
    auto hash = isUpdateAllowed() ? programHash(options_.program) : std::nullopt;
    control_->send(wire::buildHash(wire::Command::AgentHash, hash.value_or(wire::Hash{}), requestId));
}

void Agent::onUpdate(std::string_view message) {
    const auto update = wire::parseAgentUpdate(wire::bytesOf(message));
    if (!update || !isUpdateAllowed()) return;  // silent (protocol 4.3)
    if (!update->hash) return updater_.start();
    if (!updater_.finish(*update->hash)) {
        tell("update refused: " + updater_.error());
        updatePause_.start(kUpdatePause, [] {});
        return request(Request::Reconnect);
    }
    log::info("updated; starting the new program");
    end(Ending::Restart);
}

void Agent::onUpdateBlock(std::string_view message) {
    const auto block = wire::parseUpdateBlock(wire::bytesOf(message));
    if (!block || !isUpdateAllowed()) return;
    if (updater_.takeBlock(block->data)) {
        control_->send(wire::buildHeader(wire::Command::AgentUpdateBlock, block->requestId));
    } else if (!updater_.error().empty()) {
        tell("update refused: " + updater_.error());
    }
}

// ---- what the script asks for ----

void Agent::request(Request what) {
    // Not from within the script's turn: each of these may end its heap.
    loop_.post([this, what, alive = alive_] {
        if (*alive) perform(what);
    });
}

void Agent::perform(Request what) {
    switch (what) {
    case Request::Reconnect: return control_->disconnect("asked for a new connection");
    case Request::RestartCore:
        script_.stop();
        return runCachedCore();
    case Request::Restart: return end(Ending::Restart);
    case Request::Exit: return end(Ending::Stop);
    case Request::Uninstall: return end(Ending::Uninstall);
    }
}

void Agent::end(Ending how) {
    ending_ = how;
    stop();
    loop_.stop();
}

}  // namespace trellis::device
