#include "tests/bench/processes.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace trellis::bench {

namespace {

std::string folderOf(pid_t process) {
    return "/proc/" + std::to_string(process) + "/";
}

/// The fields of /proc/<pid>/stat from the third on (proc(5)): the second, the name, may hold spaces.
std::istringstream statOf(pid_t process) {
    std::ifstream in(folderOf(process) + "stat");
    std::string line;
    std::getline(in, line);
    const auto end = line.rfind(')');
    return std::istringstream(end == std::string::npos ? std::string() : line.substr(end + 1));
}

/// Sum of the numbers behind `name` in that file of each process.
std::uint64_t sumOf(const std::vector<pid_t>& processes, const char* file, const std::string& name) {
    std::uint64_t sum = 0;
    bool isFound = false;
    for (const auto process : processes) {
        std::ifstream in(folderOf(process) + file);
        for (std::string line; std::getline(in, line);) {
            if (!line.starts_with(name)) continue;
            sum += std::stoull(line.substr(name.size()));
            isFound = true;
        }
    }
    if (!isFound) throw std::runtime_error("the server is not running");
    return sum;
}

} // namespace

std::vector<pid_t> processTree(pid_t root) {
    std::multimap<pid_t, pid_t> children;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const auto name = entry.path().filename().string();
        pid_t process = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), process);
        if (error != std::errc() || end != name.data() + name.size()) continue;
        std::string state;
        pid_t parent = 0;
        if (statOf(process) >> state >> parent) children.emplace(parent, process);
    }
    std::vector<pid_t> out{root};
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto [first, last] = children.equal_range(out[i]);
        for (auto child = first; child != last; ++child) out.push_back(child->second);
    }
    return out;
}

std::uint64_t residentKiB(const std::vector<pid_t>& processes) {
    return sumOf(processes, "status", "VmRSS:");
}

std::uint64_t exactResidentKiB(const std::vector<pid_t>& processes) {
    return sumOf(processes, "smaps_rollup", "Rss:");
}

int threadsOf(const std::vector<pid_t>& processes) {
    return static_cast<int>(sumOf(processes, "status", "Threads:"));
}

std::chrono::milliseconds cpuTime(const std::vector<pid_t>& processes) {
    constexpr int kBeforeUserTime = 11; // fields 3 to 13
    long long ticks = 0;
    for (const auto process : processes) {
        auto stat = statOf(process);
        std::string skipped;
        for (int i = 0; i < kBeforeUserTime; ++i) stat >> skipped;
        long long user = 0;
        long long system = 0;
        if (stat >> user >> system) ticks += user + system;
    }
    return std::chrono::milliseconds(ticks * 1000 / ::sysconf(_SC_CLK_TCK));
}

} // namespace trellis::bench
