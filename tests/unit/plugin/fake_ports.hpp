/// The server around a PluginHost, as far as the tests need it: registries are maps, and a real bus.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "core/bus/decisions.hpp"
#include "core/bus/event_bus.hpp"
#include "core/bus/timers.hpp"
#include "core/bus/worker_pool.hpp"
#include "core/plugin/ports.hpp"

namespace trellis::tests {

namespace json = boost::json;

/// A map from name to value whose entries are withdrawn by dropping the Registration.
template <class T> class Registry {
public:
    plugin::Registration add(const std::string& name, const std::string& owner, T value) {
        const std::scoped_lock lock(*mutex_);
        if (entries_->contains(name)) {
            throw sdk::Error(sdk::ErrorCode::Conflict, name + " belongs to " + entries_->at(name).first);
        }
        entries_->emplace(name, std::pair(owner, std::move(value)));
        return plugin::Registration(nullptr, [name, entries = entries_, mutex = mutex_](void*) {
            const std::scoped_lock withdrawLock(*mutex);
            entries->erase(name);
        });
    }
    std::string ownerOf(const std::string& name) const {
        const std::scoped_lock lock(*mutex_);
        const auto found = entries_->find(name);
        return found == entries_->end() ? std::string() : found->second.first;
    }
    /// A copy, so that calling it holds no lock. Throws when there is none.
    T get(const std::string& name) const {
        const std::scoped_lock lock(*mutex_);
        const auto found = entries_->find(name);
        if (found == entries_->end()) throw sdk::Error(sdk::ErrorCode::NotFound, "no " + name);
        return found->second.second;
    }
    std::size_t size() const {
        const std::scoped_lock lock(*mutex_);
        return entries_->size();
    }

private:
    std::shared_ptr<std::mutex> mutex_ = std::make_shared<std::mutex>();
    std::shared_ptr<std::map<std::string, std::pair<std::string, T>>> entries_ =
        std::make_shared<std::map<std::string, std::pair<std::string, T>>>();
};

/// Keeps the answer of one command.
class Answer final : public sdk::Reply::Sink {
public:
    void answered(json::value result) override { set({std::move(result)}, {}); }
    void failed(const sdk::Error& error) override { set({}, error); }
    /// The result; throws the error; throws DeadlineExceeded when neither comes.
    json::value wait(sdk::Deadline deadline) {
        std::unique_lock lock(mutex_);
        if (!here_.wait_until(lock, deadline, [this] { return result_ || error_; })) {
            throw sdk::Error(sdk::ErrorCode::DeadlineExceeded, "the test waited in vain");
        }
        if (error_) throw sdk::Error(*error_);
        return *result_;
    }

private:
    void set(std::optional<json::value> result, std::optional<sdk::Error> error) {
        const std::scoped_lock lock(mutex_);
        result_ = std::move(result);
        error_ = std::move(error);
        here_.notify_all();
    }
    std::mutex mutex_;
    std::condition_variable here_;
    std::optional<json::value> result_;
    std::optional<sdk::Error> error_;
};

class FakeCommands final : public plugin::Commands {
public:
    std::string ownerOf(const std::string& name) const override {
        return name == "serverinfo" ? "core" : registry.ownerOf(name);
    }
    plugin::Registration add(const std::string& owner, sdk::CommandSpec spec,
                             sdk::CommandHandler handler) override {
        const auto name = spec.name;
        return registry.add(name, owner, {std::move(spec), std::move(handler)});
    }
    json::value call(const std::string& name, const json::object& args, const sdk::Caller& caller,
                     sdk::Deadline deadline) override {
        return start(name, args, caller, deadline)->wait(deadline + sdk::Seconds(30));
    }
    /// Runs the handler on this thread; the answer may come later.
    std::shared_ptr<Answer> start(const std::string& name, const json::object& args,
                                  const sdk::Caller& caller, sdk::Deadline deadline) {
        const auto [spec, handler] = registry.get(name);
        sdk::Request request;
        request.caller = caller;
        request.deadline = deadline;
        request.traceId = "trace-1";
        auto answer = std::make_shared<Answer>();
        handler(request, args, sdk::Reply(answer));
        return answer;
    }
    Registry<std::pair<sdk::CommandSpec, sdk::CommandHandler>> registry;
};

class FakeRoutes final : public plugin::Routes {
public:
    std::string ownerOf(const sdk::RouteSpec& spec) const override {
        const auto name = spec.method + " " + spec.path;
        const auto owner = registry.ownerOf(name);
        return owner.empty() ? exchanges.ownerOf(name) : owner;
    }
    plugin::Registration add(const std::string& owner, sdk::RouteSpec spec,
                             sdk::RouteHandler handler) override {
        return registry.add(spec.method + " " + spec.path, owner, std::move(handler));
    }
    plugin::Registration addExchange(const std::string& owner, sdk::RouteSpec spec,
                                     sdk::ExchangeHandler handler) override {
        return exchanges.add(spec.method + " " + spec.path, owner, std::move(handler));
    }
    Registry<sdk::RouteHandler> registry;
    Registry<sdk::ExchangeHandler> exchanges;
};

class FakeTunnels final : public plugin::Tunnels {
public:
    std::string ownerOf(std::uint16_t protocol) const override {
        return registry.ownerOf(std::to_string(protocol));
    }
    plugin::Registration add(const std::string& owner, sdk::TunnelSpec spec,
                             sdk::TunnelFactory factory) override {
        return registry.add(std::to_string(spec.protocols.front()), owner, std::move(factory));
    }
    plugin::Registration addEndpoint(const std::string& owner, sdk::TunnelSpec spec,
                                     sdk::EndpointFactory factory) override {
        return endpoints.add(std::to_string(spec.protocols.front()), owner, std::move(factory));
    }
    plugin::Registration addWatcher(const std::string& owner, sdk::TunnelFactory factory) override {
        return registry.add("watcher " + owner, owner, std::move(factory));
    }
    plugin::Registration addRecorder(const std::string& owner,
                                     std::function<bool(const sdk::TunnelInfo&)> isRecorded,
                                     sdk::TunnelFactory factory) override {
        recorded = std::move(isRecorded);
        return registry.add("recorder " + owner, owner, std::move(factory));
    }
    std::function<bool(const sdk::TunnelInfo&)> recorded;
    Registry<sdk::TunnelFactory> registry;
    Registry<sdk::EndpointFactory> endpoints;
};

class FakeAgents final : public plugin::Agents {
public:
    std::string ownerOfMessage(const std::string& action) const override {
        return messages.ownerOf(action);
    }
    plugin::Registration addMessage(const std::string& owner, sdk::AgentMessageSpec spec,
                                    sdk::AgentMessageHandler handler) override {
        return messages.add(spec.action, owner, std::move(handler));
    }
    plugin::Registration addScript(const std::string& owner, std::string text) override {
        return scripts.add(owner, owner, std::move(text));
    }
    bool send(const std::string&, const json::object&) override { return false; }
    std::optional<sdk::DeviceInfo> device(const std::string&) override { return std::nullopt; }
    Registry<sdk::AgentMessageHandler> messages;
    Registry<std::string> scripts;
};

class FakeListeners final : public plugin::Listeners {
public:
    plugin::Registration listen(const std::string& owner, sdk::ListenSpec spec,
                                sdk::StreamFactory factory) override {
        return registry.add(std::to_string(spec.port), owner, std::move(factory));
    }
    Registry<sdk::StreamFactory> registry;
};

class FakeStorage final : public plugin::Storage {
public:
    void run(const std::function<void(Poco::Data::Session&)>&) override {
        throw sdk::Error(sdk::ErrorCode::Unavailable, "no database in this test");
    }
    void migrate(const std::string& owner, const std::vector<sdk::Migration>& steps) override {
        migrated[owner] = steps.size();
    }
    std::optional<std::string> secret(const std::string&, const std::string&) override {
        return std::nullopt;
    }
    void storeSecret(const std::string&, const std::string&, const std::string&) override {}
    std::optional<sdk::Factor> factor(const std::string&, const std::string&) override {
        return std::nullopt;
    }
    void changeFactor(const std::string&, const std::string&,
                      const std::function<void(sdk::Factor&)>&, int) override {}
    std::map<std::string, std::size_t> migrated;
};

/// Nobody is there and nothing may be done; what is written down is kept.
class FakeRecords final : public plugin::Records {
public:
    void record(const std::string& owner, const sdk::LogEvent& event) override {
        recorded.push_back(owner + " " + event.action);
    }
    void audit(const sdk::AuditEntry& entry) override { recorded.push_back("audit " + entry.action); }
    std::string publicUrl() override { return "https://server.test"; }
    std::string seal(const std::string& owner, const std::string& use, const json::object& body,
                     sdk::Seconds) override {
        tokens[owner + "/" + use] = body;
        return owner + "/" + use;
    }
    std::optional<json::object> unseal(const std::string& owner, const std::string& use,
                                       std::string_view token) override {
        if (token != owner + "/" + use || !tokens.contains(owner + "/" + use)) return std::nullopt;
        return tokens.at(owner + "/" + use);
    }
    std::vector<std::string> recorded;
    std::map<std::string, json::object> tokens;
};

class FakeGuests final : public plugin::Guests {
public:
    sdk::GuestTicket open(const std::string&, const sdk::GuestTunnel&) override {
        throw sdk::Error(sdk::ErrorCode::NotFound, "no device in this test");
    }
    std::vector<sdk::GuestSession> sessions(const std::string&) override { return {}; }
    std::size_t cut(const std::string&, const std::string&, const std::string&) override { return 0; }
};

class FakeOwnTunnels final : public plugin::OwnTunnels {
public:
    Opened open(const sdk::OwnTunnel&, std::unique_ptr<sdk::TunnelHandler> viewer) override {
        viewers.push_back(std::move(viewer));
        return {"own-" + std::to_string(viewers.size()), validFor};
    }
    void expire(const std::string& id) override { expired.push_back(id); }
    std::vector<std::unique_ptr<sdk::TunnelHandler>> viewers;
    std::vector<std::string> expired;
    std::chrono::milliseconds validFor{30'000};
};

/// All of it together. Destroyed after the PluginHost that uses it.
struct FakeServer {
    bus::WorkerPool workers{{.threads = 4, .queueLimit = 10000, .name = "test"}};
    bus::Timers timers;
    bus::EventBus events;
    bus::Decisions decisions;
    FakeCommands commands;
    FakeRoutes routes;
    FakeTunnels tunnels;
    FakeAgents agents;
    FakeListeners listeners;
    FakeStorage storage;
    FakeRecords records;
    FakeGuests guests;
    FakeOwnTunnels ownTunnels;

    plugin::Ports ports() {
        return {&commands, &routes, &tunnels, &agents,  &listeners,
                &storage,  &workers, &timers, &events, &decisions, {}, &records, &guests, &ownTunnels};
    }
};

}  // namespace trellis::tests
