#include "opened_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <trellis/sdk/error.hpp>
#include <unistd.h>

namespace recording {

using trellis::sdk::Error;
using trellis::sdk::ErrorCode;

OpenedFile openFile(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        throw Error(ErrorCode::NotFound, "the file of this recording is gone");
    OpenedFile opened{{new int(fd),
                       [](const int* held) {
                           ::close(*held);
                           delete held;
                       }},
                      0};
    struct stat facts {};
    if (fstat(fd, &facts) != 0)
        throw Error(ErrorCode::Unavailable, "the file can't be read");
    opened.size = static_cast<std::uint64_t>(facts.st_size);
    return opened;
}

mcrec::Reader::Read OpenedFile::reader() const {
    return [held = fd](std::uint64_t offset, std::span<std::byte> into) {
        std::size_t have = 0;
        while (have < into.size()) {
            const auto got = pread(*held, into.data() + have, into.size() - have,
                                   static_cast<off_t>(offset + have));
            if (got < 0 && errno == EINTR)
                continue;
            if (got <= 0)
                break;
            have += static_cast<std::size_t>(got);
        }
        return have;
    };
}

} // namespace recording
