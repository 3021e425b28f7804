#include "agent/platform/linux/desktop/zero_pages.hpp"

#include "agent/base/fd.hpp"
#include "agent/platform/linux/desktop/proc.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

namespace trellis::device::desktop {
namespace {
/// 1 GiB: nothing that the agent needs is larger (sanitizers reserve terabytes).
constexpr std::size_t kMostPages = 262'144;

struct Range {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
};

/// Anonymous, private, writable: proc(5), maps.
std::vector<Range> ownRanges() {
    std::vector<Range> ranges;
    const auto text = procText("/proc/self/maps");
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        const auto line = text.substr(at, end - at);
        at = end + 1;
        Range range;
        char mode[5] = {};
        unsigned long inode = 1;
        const int found = std::sscanf(line.c_str(), "%lx-%lx %4s %*s %*s %lu", &range.begin, &range.end, mode, &inode);
        if (found != 4) continue;
        const bool isOurs = std::strncmp(mode, "rw-p", 4) == 0 && inode == 0;
        if (isOurs && line.find("[stack") == std::string::npos) ranges.push_back(range);
    }
    return ranges;
}

bool isAlone() { return procText("/proc/self/status").find("\nThreads:\t1\n") != std::string::npos; }

/// Reads what belongs to others, and between: no business of the address sanitizer.
[[gnu::no_sanitize_address]] bool isZero(std::uintptr_t page, std::size_t size) {
    const auto* words = reinterpret_cast<const std::uint64_t*>(page);
    for (std::size_t i = 0; i < size / sizeof *words; ++i) {
        if (words[i] != 0) return false;
    }
    return true;
}
}  // namespace

std::size_t giveBackZeroPages() {
    constexpr std::uint64_t kPresent = std::uint64_t{1} << 63U;  // proc(5), pagemap
    const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const Fd map(::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
    if (!map || !isAlone()) return 0;
    std::size_t given = 0;
    std::vector<std::uint64_t> entries;
    for (const auto& [begin, end] : ownRanges()) {
        const auto count = (end - begin) / size;
        if (count > kMostPages) continue;
        entries.assign(count, 0);
        const auto bytes = count * sizeof(std::uint64_t);
        const auto from = static_cast<off_t>(begin / size * sizeof(std::uint64_t));
        if (::pread(map.get(), entries.data(), bytes, from) != static_cast<ssize_t>(bytes)) continue;
        for (std::size_t i = 0; i < count;) {
            auto last = i;
            while (last < count && (entries[last] & kPresent) != 0 && isZero(begin + last * size, size)) ++last;
            const auto length = (last - i) * size;
            if (length > 0 && ::madvise(reinterpret_cast<void*>(begin + i * size), length, MADV_DONTNEED) == 0) {
                given += length;
            }
            i = last + 1;
        }
    }
    return given;
}

}  // namespace trellis::device::desktop
