/// What the kernel says about a server's processes, from /proc.
#pragma once

#include <chrono>
#include <cstdint>
#include <sys/types.h>
#include <vector>

namespace trellis::bench {

/// A process and all that descend from it. Those that end meanwhile are left out.
std::vector<pid_t> processTree(pid_t root);

// Sums over processes; throw std::runtime_error if none of them is there.
std::uint64_t residentKiB(const std::vector<pid_t>& processes);
/// The same, exact: the kernel keeps VmRSS in batches for each processor, up to some 100 KiB off.
std::uint64_t exactResidentKiB(const std::vector<pid_t>& processes);
int threadsOf(const std::vector<pid_t>& processes);
std::chrono::milliseconds cpuTime(const std::vector<pid_t>& processes); ///< user and system

} // namespace trellis::bench
