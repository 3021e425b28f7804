/// What the agent's tests share: a folder that goes away, a loop that runs until something is true.
#pragma once

#include "agent/base/loop.hpp"

#include <filesystem>
#include <functional>
#include <string>

namespace agentd_test {

class TempFolder {
public:
    TempFolder();
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    std::string path(const std::string& name = "") const { return (folder_ / name).string(); }

private:
    std::filesystem::path folder_;
};

/// False if `isDone` has not become true after `longest`.
bool runUntil(trellis::device::Loop& loop, const std::function<bool()>& isDone,
              trellis::device::Milliseconds longest = trellis::device::Milliseconds(60'000));


}  // namespace agentd_test
