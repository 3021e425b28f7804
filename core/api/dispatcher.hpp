/// The registry of commands and the one path by which every command runs, whichever door it came
/// through: find it, check the caller's site rights, the arguments, the rights on what they name,
/// decide (`command.allow`), run the handler, answer once, write the audit record.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/api/access.hpp"
#include "core/api/audit.hpp"
#include "core/api/command.hpp"
#include <trellis/sdk/log.hpp>

namespace trellis::bus {
class Decisions;
class Timers;
class WorkerPool;
} // namespace trellis::bus

namespace trellis::api {

/// A command that is in the registry for as long as this lives.
class Registration {
public:
    struct Owner; // internal
    Registration() = default;
    explicit Registration(std::shared_ptr<Owner> owner) : owner_(std::move(owner)) {}
    Registration(Registration&&) noexcept = default;
    Registration& operator=(Registration&&) noexcept;
    ~Registration(); ///< withdraw(), waiting at most 10 s
    /// Takes the command out: later calls get NotFound. Waits until no handler of it runs, at most
    /// until `deadline`; false if one still does. Never call it from the handler itself.
    bool withdraw(sdk::Deadline deadline) noexcept;

private:
    std::shared_ptr<Owner> owner_;
};

struct CommandInfo {
    std::shared_ptr<const WireSpec> spec; ///< Named commands use only `spec->command`
    std::string owner;                    ///< "core" or the plugin's id
};

class Dispatcher {
public:
    struct Services {
        const AccessCheck* access = nullptr; ///< never null
        AuditTrail* audit = nullptr;         ///< never null
        bus::Timers* timers = nullptr;       ///< never null
        bus::WorkerPool* pool = nullptr;     ///< never null; answers of late commands run there
        const bus::Decisions* decisions = nullptr; ///< asked at `command.allow`; may be null
        sdk::Log* log = nullptr;                   ///< never null
    };

    explicit Dispatcher(Services services);
    ~Dispatcher();
    Dispatcher(const Dispatcher&) = delete;
    Dispatcher& operator=(const Dispatcher&) = delete;

    /// Adds a command. `owner`: "core" or a plugin's id, for messages. Any thread.
    /// Throws Error{Conflict} naming both owners when the name is taken, Error{InvalidArgument}
    /// when it isn't 3 to 64 characters of [A-Za-z0-9._-].
    [[nodiscard]] Registration add(sdk::CommandSpec spec, sdk::CommandHandler handler,
                                   std::string owner);
    [[nodiscard]] Registration add(sdk::CommandSpec spec, sdk::SimpleCommandHandler handler,
                                   std::string owner);
    [[nodiscard]] Registration add(WireSpec spec, WireHandler handler, std::string owner);

    /// Every command, sorted by name: reference pages, OpenAPI, `trellisctl`.
    std::vector<CommandInfo> commands() const;
    std::optional<CommandInfo> find(std::string_view name) const;

    /// Runs one command; the handler runs on this thread, so call it on the worker pool. Everything
    /// that goes wrong is answered to `sink`; never throws. The answer may come after it returned.
    void run(Call call, std::shared_ptr<CallSink> sink) noexcept;

    /// run(), then waits for the answer. Throws Error. A Wire command gives its message, or an
    /// array of them when there were several.
    json::value call(Call call);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace trellis::api
