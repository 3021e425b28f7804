/// Jobs as callers may see them: each device only by who may run commands on it now.
#pragma once

#include <trellis/sdk/host.hpp>
#include <trellis/sdk/schema.hpp>

#include "engine.hpp"

namespace scripts {

/// Any thread; blocks on the database.
class Views {
public:
    Views(trellis::sdk::Host& host, const People& people) : host_(host), people_(people) {}

    /// Newest first: those of the caller, and those with a device that the caller may run commands
    /// on.
    json::value jobs(const Owner& caller, const json::object& args);
    /// One job with its devices, without output.
    json::value job(const Owner& caller, const json::object& args);
    /// Output of one device.
    json::value output(const Owner& caller, const json::object& args);
    /// For cancelling and repeating: the job, if it is the caller's or the caller is an
    /// administrator.
    JobRow owned(const Owner& caller, const std::string& jobId);
    /// Devices of a job in one of the final states that are not "done".
    std::vector<std::string> unsuccessful(const std::string& jobId);

private:
    bool isOwners(const Owner& caller, const JobRow& job) const;
    JobRow find(Poco::Data::Session& session, const std::string& jobId) const;
    trellis::sdk::Host& host_;
    const People& people_;
};

} // namespace scripts
