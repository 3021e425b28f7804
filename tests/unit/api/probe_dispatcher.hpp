/// Every registered command with its declared requirement, and a handler that only notes that it
/// ran: what a caller meets before a command's own code.
#pragma once

#include "api_fixture.hpp"

namespace trellis::test {

class ProbeDispatcher {
public:
    ProbeDispatcher(const std::vector<api::CommandInfo>& commands,
                    api::Dispatcher::Services services)
        : dispatcher_(services) {
        for (const auto& info : commands) {
            auto spec = *info.spec;
            spec.command.args = sdk::Schema::object().allowUnknown();
            names_.push_back(spec.command.name);
            registrations_.push_back(dispatcher_.add(
                std::move(spec), [this](const api::WireCall&) { ++runs_; }, "core"));
        }
    }
    /// What the caller is refused with; nothing if the command ran.
    std::optional<sdk::Error> refusal(const sdk::Caller& caller, const std::string& command,
                                      json::object args = {}) {
        const auto before = runs_;
        std::optional<sdk::Error> error;
        try {
            (void)dispatcher_.call({command, std::move(args), caller, std::nullopt});
        } catch (const sdk::Error& refused) {
            error.emplace(refused);
        }
        BOOST_REQUIRE_MESSAGE((runs_ == before) == error.has_value(),
                              command << " ran and was refused at once");
        return error;
    }
    bool passes(const sdk::Caller& caller, const std::string& command, json::object args = {}) {
        return !refusal(caller, command, std::move(args));
    }
    const std::vector<std::string>& names() const { return names_; }

private:
    api::Dispatcher dispatcher_;
    std::vector<std::string> names_;
    std::size_t runs_ = 0;
    std::vector<api::Registration> registrations_;
};

inline sdk::Caller callerFor(const model::User& user) {
    sdk::Caller caller;
    caller.userId = user.id;
    caller.userName = user.name;
    caller.domain = user.domain;
    caller.sessionId = user.id + "/" + std::string(40, 'a');
    caller.address = "10.0.0.9";
    caller.siteRights = user.siteRights;
    return caller;
}

/// The argument that a requirement's id is in.
inline std::string argumentOf(const sdk::Requirement& need) {
    const std::string name = need.argument ? need.argument : "";
    if (!name.empty())
        return name;
    return need.scope == sdk::Scope::Device ? "nodeid" : "meshid";
}

} // namespace trellis::test
