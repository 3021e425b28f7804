/// What describe() declared, kept as plain lists: for whoever hosts a plugin (the server, FakeHost,
/// the documentation generator). Plugins don't need it; it is not part of the plugin ABI.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include <trellis/sdk/registrar.hpp>

namespace trellis::sdk {

struct Declarations {
    struct Command {
        CommandSpec spec;
        CommandHandler handler;
    };
    struct AgentMessage {
        AgentMessageSpec spec;
        AgentMessageHandler handler;
    };
    struct Route {
        RouteSpec spec;
        RouteHandler handler;        ///< one of the two is set
        ExchangeHandler exchange{};
    };
    struct Tunnel {
        TunnelSpec spec;
        TunnelFactory factory;
    };
    struct Endpoint {
        TunnelSpec spec;
        EndpointFactory factory;
    };
    struct Listener {
        ListenSpec spec;
        StreamFactory factory;
    };
    struct Subscription {
        std::string topic;
        const std::type_info* type;
        std::function<void(const void*)> handler;
    };
    struct AnySubscription {
        std::string prefix;
        std::function<void(std::string_view, const json::object&)> handler;
    };
    struct DecisionPoint {
        std::string point;
        int priority;
        DecisionHandler handler;
    };
    struct Service {
        const std::type_info* type;
        std::shared_ptr<void> object;
    };

    Schema options = Schema::object();
    std::function<void(const Options&)> reconfigure;  ///< empty: a change makes a new instance
    std::vector<Command> commands;
    std::vector<AgentMessage> agentMessages;
    std::vector<Route> routes;
    std::vector<Tunnel> tunnels;
    std::vector<Endpoint> endpoints;
    struct TunnelWatcher {
        std::function<bool(const TunnelInfo&)> isRecorded;  ///< empty: of one that only watches
        TunnelFactory factory;
    };
    std::vector<TunnelWatcher> tunnelWatchers;
    std::vector<Listener> listeners;
    std::vector<Subscription> subscriptions;
    std::vector<AnySubscription> anySubscriptions;
    std::vector<DecisionPoint> decisions;
    std::vector<Migration> migrations;
    std::vector<UiSpec> ui;
    std::vector<std::string> agentScripts;
    std::vector<Service> services;
};

/// Fills Declarations; checks nothing. One thread.
class Collector final : public Registrar {
public:
    using Registrar::command;

    void options(Schema schema) override { all.options = std::move(schema); }
    void command(CommandSpec spec, CommandHandler handler) override {
        all.commands.push_back({std::move(spec), std::move(handler)});
    }
    void agentMessage(AgentMessageSpec spec, AgentMessageHandler handler) override {
        all.agentMessages.push_back({std::move(spec), std::move(handler)});
    }
    void route(RouteSpec spec, RouteHandler handler) override {
        all.routes.push_back({std::move(spec), std::move(handler), {}});
    }
    void exchange(RouteSpec spec, ExchangeHandler handler) override {
        all.routes.push_back({std::move(spec), {}, std::move(handler)});
    }
    void tunnel(TunnelSpec spec, TunnelFactory factory) override {
        all.tunnels.push_back({std::move(spec), std::move(factory)});
    }
    void endpoint(TunnelSpec spec, EndpointFactory factory) override {
        all.endpoints.push_back({std::move(spec), std::move(factory)});
    }
    void listener(ListenSpec spec, StreamFactory factory) override {
        all.listeners.push_back({std::move(spec), std::move(factory)});
    }
    void onAny(std::string prefix,
               std::function<void(std::string_view, const json::object&)> handler) override {
        all.anySubscriptions.push_back({std::move(prefix), std::move(handler)});
    }
    void decision(std::string point, int priority, DecisionHandler handler) override {
        all.decisions.push_back({std::move(point), priority, std::move(handler)});
    }
    void migration(Migration migration) override { all.migrations.push_back(std::move(migration)); }
    void ui(UiSpec spec) override { all.ui.push_back(std::move(spec)); }
    void agentScript(std::string file) override { all.agentScripts.push_back(std::move(file)); }

    void watchTunnels(TunnelFactory factory) override {
        all.tunnelWatchers.push_back({{}, std::move(factory)});
    }
    void recordTunnels(std::function<bool(const TunnelInfo&)> isRecorded,
                       TunnelFactory factory) override {
        all.tunnelWatchers.push_back({std::move(isRecorded), std::move(factory)});
    }

    void reconfigure(std::function<void(const Options&)> handler) override {
        all.reconfigure = std::move(handler);
    }

    Declarations all;

protected:
    void onRaw(std::string_view name, const std::type_info& type,
               std::function<void(const void*)> handler) override {
        all.subscriptions.push_back({std::string(name), &type, std::move(handler)});
    }
    void provideRaw(const std::type_info& type, std::shared_ptr<void> service) override {
        all.services.push_back({&type, std::move(service)});
    }
};

}  // namespace trellis::sdk
