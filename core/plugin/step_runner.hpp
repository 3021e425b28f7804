/// Runs one step of a plugin's life on a thread of its own, so that a step which never returns costs
/// that thread and not the server.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <string>

namespace trellis::plugin {

struct StepResult {
    enum class End : std::uint8_t { Returned = 1, Threw, Overran };
    End end = End::Returned;
    std::exception_ptr error;  ///< for Threw

    bool isOk() const noexcept { return end == End::Returned; }
};

/// Waits for `work` until `limit`. After Overran the thread goes on by itself: `work` must own (by
/// shared_ptr) everything it touches. `name`: of the thread, cut at 15 characters.
StepResult runStep(const std::string& name, std::function<void()> work,
                   std::chrono::milliseconds limit);

/// Whether the calling thread runs a step.
bool isInStep() noexcept;

/// "std::runtime_error: boom", "Poco::IOException: ...", "an exception of type int".
std::string describeException(const std::exception_ptr& error) noexcept;

}  // namespace trellis::plugin
