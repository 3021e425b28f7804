#include "core/config/files.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace trellis::config {

namespace {

constexpr std::size_t kMaxSecretBytes = 64 * 1024;

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0)
            ::close(fd_);
    }
    int get() const { return fd_; }

private:
    int fd_;
};

FileText failed(std::string problem, bool isAbsent = false) {
    FileText result;
    result.problem = std::move(problem);
    result.isAbsent = isAbsent;
    return result;
}

std::string sizeName(std::size_t bytes) {
    const std::size_t kib = bytes / 1024;
    return kib % 1024 == 0 ? std::to_string(kib / 1024) + " MiB" : std::to_string(kib) + " KiB";
}

/// Up to `limit` + 1 bytes, so that a file that grew meanwhile is noticed as well.
bool readAll(int fd, std::size_t limit, std::string& text) {
    char chunk[16384];
    while (text.size() <= limit) {
        const ssize_t got = ::read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        if (got == 0)
            return true;
        text.append(chunk, static_cast<std::size_t>(got));
    }
    return true;
}

} // namespace

FileText readFile(const std::filesystem::path& path, std::size_t limit) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0) {
        return failed("cannot be read: " + std::string(std::strerror(errno)),
                      errno == ENOENT || errno == ENOTDIR);
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) {
        return failed("cannot be read: " + std::string(std::strerror(errno)));
    }
    if (S_ISDIR(status.st_mode))
        return failed("is a folder, not a file");
    if (!S_ISREG(status.st_mode))
        return failed("is not a regular file");
    FileText result;
    if (!readAll(file.get(), limit, result.text)) {
        return failed("cannot be read: " + std::string(std::strerror(errno)));
    }
    if (result.text.size() > limit)
        return failed("larger than " + sizeName(limit));
    result.isOpenToAll = (status.st_mode & S_IROTH) != 0;
    result.ok = true;
    return result;
}

FileText readSecret(const std::filesystem::path& path) {
    FileText secret = readFile(path, kMaxSecretBytes);
    if (!secret.ok)
        return secret;
    std::string& text = secret.text;
    if (!text.empty() && text.back() == '\n')
        text.pop_back();
    if (!text.empty() && text.back() == '\r')
        text.pop_back();
    if (text.find('\0') != std::string::npos)
        return failed("holds a NUL byte; a secret is text");
    return secret;
}

} // namespace trellis::config
