/// The running agent: puts link, script and update together and answers the server's commands.
#pragma once

#include "agent/app/core_store.hpp"
#include "agent/link/control.hpp"
#include "agent/platform/linux/address_watch.hpp"
#include "agent/script/host.hpp"
#include "agent/update/updater.hpp"

#include <trellis/wire/channel.hpp>

namespace trellis::device {

struct AgentOptions {
    std::string dataFolder;   ///< database, cached core
    std::string program;      ///< the agent's own file
    bool isTemporary = false; ///< "connect": no update, the server may forget the device
    bool isService = false;
};

class Agent : private Control::Handler, private ScriptServices {
public:
    /// Makes or loads the identity. Throws std::runtime_error or std::system_error with a sentence.
    Agent(Loop& loop, Settings settings, AgentOptions options);
    ~Agent() override;

    void start();
    /// Orderly: the script's processes end, the channel closes.
    void stop();
    /// How the loop came to its end.
    enum class Ending : std::uint8_t { Stop = 1, Restart, Uninstall };
    Ending ending() const noexcept { return ending_; }
    const wire::Hash& nodeId() const noexcept { return identity_.nodeId; }

private:
    // Control::Handler
    void onReady() override;
    void onMessage(std::string_view message) override;
    void onLost() override;
    // ScriptServices
    Control::Sent sendToServer(bool isText, std::string_view message) override;
    bool isConnected() const override { return control_->isReady(); }
    const ServerView& server() const override { return control_->server(); }
    const std::optional<Proxy>& proxy() const override { return control_->proxy(); }
    const SettingsMap& settings() const override { return settings_.all; }
    const Identity& identity() const override { return identity_; }
    Database& database() override { return database_; }
    std::string coreHash() const override;
    const std::string& dataFolder() const override { return options_.dataFolder; }
    std::uint32_t agentId() const override { return facts_.agentId; }
    bool isService() const override { return options_.isService; }
    void request(Request what) override;

    void onCommand(wire::Command command, std::string_view message);
    void onCore(std::string_view message);
    void replyCoreHash(std::uint16_t requestId);
    void replyProgramHash(std::uint16_t requestId);
    void onUpdate(std::string_view message);
    void onUpdateBlock(std::string_view message);
    void runCachedCore();
    void runCore(const std::string& script);
    void perform(Request what);
    void end(Ending how);
    void tell(const std::string& text);
    bool isUpdateAllowed() const noexcept;
    bool isCoreBanned(const wire::Hash& hash) const;
    void banCore(bool isBanned);

    Loop& loop_;
    Settings settings_;
    AgentOptions options_;
    Database database_;
    Identity identity_;
    DeviceFacts facts_;
    TlsContext tls_;
    CoreStore core_;
    Watchdog watchdog_;
    std::unique_ptr<Control> control_;
    ScriptHost script_;
    Updater updater_;
    platform::AddressWatch addresses_;
    Timer coreWait_;
    Timer calm_;
    /// Active for a while after a refused update: the server is told not to send it again.
    Timer updatePause_;
    Ending ending_ = Ending::Stop;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// Where the watchdog notes the core that hung.
std::string hungCoreFile(const std::string& dataFolder);

}  // namespace trellis::device
