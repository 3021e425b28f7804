/// From the arguments of a command, a schedule or a rule to what runs.
#pragma once

#include <trellis/sdk/schema.hpp>

#include "library.hpp"

namespace scripts {

/// Bounds, from the plugin's options.
struct Limits {
    std::int64_t devicesPerJob = 1000;
    std::int64_t activeJobs = 100;
    std::int64_t runningAtOnce = 200;
    std::int64_t outputBytes = 64 * 1024;
    std::int64_t keepDays = 30;
    std::int64_t keepJobs = 1000;
    std::int64_t maxTtlHours = 24 * 14;
    std::int64_t ruleDepth = 3;
    std::int64_t ruleRunsPerHour = 10;
    std::string timeZone;
};

/// Adds the arguments that say what to run and how: script or text, parameters, time limit, ...
void addRunArgs(trellis::sdk::Schema& schema);

/// Only the members that addRunArgs() declares, without secrets: what a schedule keeps.
json::object runArgsOf(const json::object& args);

/// Throws Error{InvalidArgument, NotFound} with the place. Blocks on the database for a library
/// script.
Spec prepare(Library& library, const Limits& limits, const Owner& owner, const json::object& args);

} // namespace scripts
