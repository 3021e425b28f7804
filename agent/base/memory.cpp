#include "agent/base/memory.hpp"

#include <malloc.h>
#include <sys/mman.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>

namespace trellis::device {
namespace {
struct Mapping {
    std::uintptr_t start = 0;
    std::uintptr_t end = 0;
    bool isCandidate = false;
};

/// A heading line of /proc/self/smaps (proc(5)): range, permissions, offset, device, inode.
bool readHeading(const char* line, Mapping& into) {
    unsigned long start = 0;
    unsigned long end = 0;
    std::array<char, 5> permissions{};
    unsigned long inode = 0;
    if (std::sscanf(line, "%lx-%lx %4s %*x %*x:%*x %lu", &start, &end, permissions.data(), &inode) != 4) {
        return false;
    }
    into = {start, end, permissions[1] == '-' && permissions[3] == 'p' && inode != 0};
    return true;
}
}  // namespace

void releaseUnusedMemory() noexcept {
    ::malloc_trim(0);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> maps(std::fopen("/proc/self/smaps", "re"),
                                                               &std::fclose);
    if (!maps) return;
    Mapping mapping;
    std::array<char, 512> line{};
    while (std::fgets(line.data(), line.size(), maps.get()) != nullptr) {
        if (readHeading(line.data(), mapping)) continue;
        unsigned long size = 0;
        // Pages that were written, by relocation for example, exist nowhere else: a mapping that has
        // any is left alone. "Anonymous" comes after the counts of the same mapping's clean pages.
        if (std::sscanf(line.data(), "Anonymous: %lu kB", &size) != 1) continue;
        if (mapping.isCandidate && size == 0) {
            ::madvise(reinterpret_cast<void*>(mapping.start), mapping.end - mapping.start,
                      MADV_DONTNEED);
        }
    }
}

}  // namespace trellis::device
