/// The plugin: joins library, jobs, schedules and rules to commands, devices and events.
#pragma once

#include <memory>
#include <string>

#include <trellis/sdk/plugin.hpp>

#include "engine.hpp"
#include "library.hpp"
#include "rules.hpp"
#include "schedules.hpp"
#include "views.hpp"

namespace scripts {

class Scripts final : public trellis::sdk::Plugin {
public:
    void describe(trellis::sdk::Registrar& reg) override;
    void configure(const trellis::sdk::Options& options) override;
    void start(trellis::sdk::Host& host) override;
    void stop(trellis::sdk::Deadline deadline) override;

private:
    void describeLibrary(trellis::sdk::Registrar& reg);
    void describeJobs(trellis::sdk::Registrar& reg);
    void describeAutomation(trellis::sdk::Registrar& reg);
    void describeDevices(trellis::sdk::Registrar& reg);
    void tick();
    json::value run(const Owner& caller, const json::object& args);
    json::value cancel(const Owner& caller, const json::object& args);
    json::value rerun(const Owner& caller, const json::object& args);
    json::value targets(const Owner& caller, const json::object& args);

    Limits limits_;
    trellis::sdk::Host* host_ = nullptr;
    std::unique_ptr<People> people_;
    std::unique_ptr<Sealer> sealer_;
    std::shared_ptr<trellis::sdk::PageEvents> page_;
    std::unique_ptr<Library> library_;
    std::unique_ptr<Views> views_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Schedules> schedules_;
    std::unique_ptr<Rules> rules_;
    trellis::sdk::HandlePtr timer_;
};

/// The tables, step by step.
void declareTables(trellis::sdk::Registrar& reg);
void declareOptions(trellis::sdk::Registrar& reg);

} // namespace scripts
